// graphql-ws and graphql-sse by themselves: a job to its end, an error, credentials that do not hold.
import * as sse from "graphql-sse";
import * as ws from "graphql-ws";
import WebSocket from "ws";
import { endpoint, given, socket, tell, told } from "./given.mjs";

const Authorization = `Bearer ${given.token}`;
const clients = {
  ws: ws.createClient({ url: socket, webSocketImpl: WebSocket, connectionParams: { Authorization } }),
  sse: sse.createClient({ url: endpoint, headers: { Authorization } }),
  "ws, a wrong token": ws.createClient({ url: socket, webSocketImpl: WebSocket, connectionParams: { Authorization: "Bearer no" } }),
  "sse, a wrong token": sse.createClient({ url: endpoint, headers: { Authorization: "Bearer no" }, retryAttempts: 0 }),
};
const query = "subscription ($id: ID!) { jobProgress(id: $id) { id state progress { done total } } }";
let open = 2;
const states = async (client, query) => {
  const seen = [];
  for await (const { data, errors } of client.iterate({ query, variables: { id: given.job } })) {
    seen.push(errors ? errors[0].extensions.code : data.jobProgress.state);
    if (seen.length === 1 && !errors && --open === 0) console.error("following");
  }
  return seen;
};
const why = (error) => error.code ?? error.response?.status ?? error[0]?.extensions.code ?? `${error}`;
await Promise.all(
  Object.entries(clients).map(async ([name, client]) => {
    told[name] = await states(client, query).catch(why);
    if (!name.includes("wrong")) told[`${name}, a wrong document`] = await states(client, "subscription { nothing }").catch(why);
  }),
);
tell();
