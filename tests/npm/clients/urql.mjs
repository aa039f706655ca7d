import { Client, fetchExchange, gql, subscriptionExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";
import { createClient } from "graphql-sse";
import { endpoint, given, tell, told } from "./given.mjs";

// --- docs/api.md: urql
let token = null;
const headers = () => (token ? { authorization: `Bearer ${token}` } : {});
const live = createClient({ url: endpoint, headers });
const client = new Client({
  url: endpoint,
  preferGetMethod: false,
  fetchOptions: () => ({ headers: headers() }),
  exchanges: [
    cacheExchange({ resolvers: { Query: { customers: relayPagination() } } }),
    fetchExchange,
    subscriptionExchange({
      forwardSubscription: ({ query, variables }) => ({
        subscribe: (sink) => ({ unsubscribe: live.subscribe({ query, variables }, sink) }),
      }),
    }),
  ],
});
// --- end

const CUSTOMERS = gql`query ($after: String) {
  customers(first: 2, after: $after) { edges { node { id lastName } } pageInfo { endCursor hasNextPage } } }`;
told.stranger = (await client.query(CUSTOMERS, {}, { requestPolicy: "network-only" })).error?.graphQLErrors[0].extensions.code;
const signedIn = await client.mutation(
  gql`mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { token } }`,
  { email: given.email, password: given.password },
);
token = signedIn.data.signIn.token;
let after = null;
do {
  const { data } = await client.query(CUSTOMERS, { after }, { requestPolicy: "network-only" });
  told.customers = data.customers.edges.map(({ node }) => node.lastName);
  after = data.customers.pageInfo.hasNextPage ? data.customers.pageInfo.endCursor : null;
} while (after);
const refused = await client.mutation(
  gql`mutation ($id: ID!) { importApply(id: $id) { import { id } userErrors { code message } } }`,
  { id: "Import_0123456789abcdef0123456789abcdef" },
);
told.userErrors = refused.data.importApply.userErrors.map(({ code }) => code);
told.states = await new Promise((resolve) => {
  const states = [];
  client
    .subscription(gql`subscription ($id: ID!) { jobProgress(id: $id) { id state } }`, { id: given.job })
    .subscribe(({ data, error }) => {
      if (error) states.push(error.message);
      if (data?.jobProgress) states.push(data.jobProgress.state);
      if (states.length === 1) console.error("following");
      if (error || data?.jobProgress?.state === "DONE") resolve(states);
    });
});
tell();
