// What a script is told by the test: node SCRIPT.mjs '{"url": …, "email": …, "password": …, "job": …}'. It prints one JSON object.
export const given = JSON.parse(process.argv[2]);
export const endpoint = `${given.url}/graphql`;
export const socket = endpoint.replace(/^http/, "ws");
export const told = {};
export const tell = () => (console.log(JSON.stringify(told)), process.exit(0));
