import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from "@apollo/client/core/index.js";
import { SetContextLink } from "@apollo/client/link/context/index.js";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries/index.js";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions/index.js";
import { relayStylePagination } from "@apollo/client/utilities/index.js";
import { createHash } from "node:crypto";
import { OperationTypeNode } from "graphql";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { endpoint, given, socket, tell, told } from "./given.mjs";

// --- docs/api.md: Apollo Client
let token = null;
const authorized = new SetContextLink(({ headers }) => ({
  headers: { ...headers, ...(token && { authorization: `Bearer ${token}` }) },
}));
const live = new GraphQLWsLink(
  createClient({ url: socket, webSocketImpl: WebSocket, connectionParams: () => ({ Authorization: `Bearer ${token}` }) }),
);
const client = new ApolloClient({
  link: authorized.split(({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION, live, new HttpLink({ uri: endpoint })),
  cache: new InMemoryCache({ typePolicies: { Query: { fields: { customers: relayStylePagination(["where", "sortBy"]) } } } }),
});
// --- end

const SIGN_IN = gql`mutation ($email: String!, $password: String!) {
  signIn(email: $email, password: $password) { token userErrors { code } } }`;
const CUSTOMERS = gql`query ($after: String) {
  customers(first: 2, after: $after) { edges { cursor node { id lastName } } pageInfo { endCursor hasNextPage } } }`;
const HALLS = gql`mutation ($rows: [HallUpsertRow!]!) {
  hallsUpsert(rows: $rows) { created results { status id errors { field code } } userErrors { code } } }`;
const PROGRESS = gql`subscription ($id: ID!) { jobProgress(id: $id) { id state } }`;

const code = (error) => (CombinedGraphQLErrors.is(error) ? error.errors[0].extensions.code : `${error.name}: ${error.message}`);
told.stranger = await client.query({ query: CUSTOMERS }).catch(code);
const signedIn = await client.mutate({ mutation: SIGN_IN, variables: given });
token = signedIn.data.signIn.token;
let page = await client.query({ query: CUSTOMERS });
const watched = client.watchQuery({ query: CUSTOMERS });
while (page.data.customers.pageInfo.hasNextPage)
  page = await watched.fetchMore({ variables: { after: page.data.customers.pageInfo.endCursor } });
told.customers = client.readQuery({ query: CUSTOMERS }).customers.edges.map(({ node }) => node.lastName);

const rows = [{ externalId: "h1", name: "Store sal" }, { externalId: "h2" }];
const context = { headers: { "Idempotency-Key": given.job } };
const upsert = () => client.mutate({ mutation: HALLS, variables: { rows }, context });
told.upserts = [(await upsert()).data.hallsUpsert, (await upsert()).data.hallsUpsert].map(({ created, results }) => [
  created,
  ...results.map(({ status, errors }) => [status, ...errors.map(({ code }) => code)]),
]);
told.reused = await client.mutate({ mutation: HALLS, variables: { rows: [] }, context }).catch(code);
told.states = await new Promise((resolve, reject) => {
  const states = [];
  client.subscribe({ query: PROGRESS, variables: { id: given.job } }).subscribe({
    next: ({ data }) => (states.push(data.jobProgress.state), states.length === 1 && console.error("following")),
    error: reject,
    complete: () => resolve(states),
  });
});

// Automatic persisted queries: the hash alone, then with the text because nobody knows it yet, from then on the hash alone.
const sent = [];
const counting = (uri, options) => (sent.push("query" in JSON.parse(options.body) ? "text" : "hash"), fetch(uri, options));
const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const persisted = new ApolloClient({
  link: ApolloLink.from([authorized, new PersistedQueryLink({ sha256 }), new HttpLink({ uri: endpoint, fetch: counting })]),
  cache: new InMemoryCache(),
});
for (const name of ["a", "b"]) {
  const { data } = await persisted.query({ query: gql`query ($n: String) { customers(where: { search: $n }) { totalCount } }`, variables: { n: name } });
  sent.push(data.customers.totalCount);
}
told.persisted = sent;
tell();
