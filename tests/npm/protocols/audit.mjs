// The GraphQL-over-HTTP audits: node audit.mjs URL '{"Header": "value"}'. Prints one JSON array of results.
import { auditServer } from "graphql-http";

const [url, headers] = process.argv.slice(2);
const fetchFn = (address, init = {}) =>
  fetch(address, { ...init, headers: { ...init.headers, ...JSON.parse(headers) } });
const results = await auditServer({ url, fetchFn });
console.log(JSON.stringify(results.map(({ id, name, status, reason }) => ({ id, name, status, reason }))));
