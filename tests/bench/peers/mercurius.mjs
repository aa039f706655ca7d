// mercurius as somebody would write it by hand for these rows: loaders, prepared statements, one walled transaction a request.
import Fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";
import { callerOf } from "./caller.mjs";

const [url, port, connections] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: url, max: Number(connections), idleTimeoutMillis: 0 });

const schema = `
type Query { performance(id: ID!): Performance  buyer: Customer! }
type Performance {
  id: ID!  status: String!  startsAt: String  timeKnown: Boolean!  saleStartsAt: String  saleEndsAt: String
  capacity: Int  maxPerOrder: Int  maxPerCustomer: Int  prices: [Price!]!
  usages: [Usage!]!
}
type Usage { poolId: ID  used: Int! }
type Price { priceLevel: String!  amount: String!  fee: String!  ticketType: TicketType! }
type TicketType { id: ID!  name: String!  position: Int!  restricted: Boolean! }
type Customer { id: ID!  bought(performance: ID!): Int!  assignments: [Assignment!]! }
type Assignment { id: ID!  expiresOn: String  flag: Flag  pool: Pool  uses: [Use!]! }
type Flag { id: ID!  archivedAt: String  benefits: [Benefit!]!  coupling(performance: ID!): Coupling }
type Benefit { id: ID!  ticketTypeId: ID!  mostPerformances: Int  mostTickets: Int!  ticketsPer: String!  archivedAt: String }
type Coupling { id: ID!  starts: [Start!]! }
type Start { benefitId: ID!  saleStartsAt: String! }
type Pool { id: ID!  archivedAt: String  terms(production: ID!): [Terms!]! }
type Terms { id: ID!  saleStartsAt: String  most: Int  mostPer: String!  allotment: Int  discounts: [Discount!]! }
type Discount { ticketTypeId: ID  basisPoints: Int  amount: String  price: String }
type Use { benefitId: ID!  performanceId: ID  taken: Int! }`;

const performance = `select id, status, starts_at as "startsAt", time_known as "timeKnown", sale_starts_at as "saleStartsAt",
  sale_ends_at as "saleEndsAt", capacity, max_per_order as "maxPerOrder", max_per_customer as "maxPerCustomer"
  from performances where tenant_id = $1 and id = $2`;
const prices = `select performance_id as of, price_level as "priceLevel", amount, fee, ticket_type_id as "ticketTypeId"
  from prices where tenant_id = $1 and performance_id = any($2::uuid[])`;
const usages = `select performance_id as of, pool_id as "poolId", used from usages
  where tenant_id = $1 and performance_id = any($2::uuid[])`;
const bought = `select coalesce(sum(l.taken), 0) as taken from orders o join ticket_lines l on l.tenant_id = $1 and l.order_id = o.id
  where o.tenant_id = $1 and o.customer_id = $2 and l.performance_id = $3`;
const ticketTypes = `select id as of, id, name, position, restricted from ticket_types where tenant_id = $1 and id = any($2::uuid[])`;
const assignments = `select customer_id as of, id, expires_on as "expiresOn", flag_id as "flagId", pool_id as "poolId"
  from assignments where tenant_id = $1 and customer_id = any($2::uuid[]) and ended_at is null`;
const flags = `select id as of, id, archived_at as "archivedAt" from flags where tenant_id = $1 and id = any($2::uuid[])`;
const benefits = `select flag_id as of, id, ticket_type_id as "ticketTypeId", most_performances as "mostPerformances",
  most_tickets as "mostTickets", tickets_per as "ticketsPer", archived_at as "archivedAt"
  from benefits where tenant_id = $1 and flag_id = any($2::uuid[])`;
const couplings = `select flag_id as of, id from couplings where tenant_id = $1 and flag_id = any($2::uuid[]) and performance_id = $3`;
const starts = `select coupling_id as of, benefit_id as "benefitId", sale_starts_at as "saleStartsAt"
  from coupling_starts where tenant_id = $1 and coupling_id = any($2::uuid[])`;
const pools = `select id as of, id, archived_at as "archivedAt" from pools where tenant_id = $1 and id = any($2::uuid[])`;
const terms = `select pool_id as of, id, sale_starts_at as "saleStartsAt", most, most_per as "mostPer", allotment
  from pool_terms where tenant_id = $1 and pool_id = any($2::uuid[]) and production_id = $3`;
const discounts = `select pool_terms_id as of, ticket_type_id as "ticketTypeId", basis_points as "basisPoints", amount, price
  from discounts where tenant_id = $1 and pool_terms_id = any($2::uuid[])`;
const uses = `select assignment_id as of, benefit_id as "benefitId", performance_id as "performanceId", taken
  from ticket_lines where tenant_id = $1 and assignment_id = any($2::uuid[])`;

// One statement for all the objects of a level: their rows by key, as lists or the first of each.
const loader = (name, text, key, first, more) => async (queries, context) => {
  const keys = queries.map(({ obj }) => obj[key]);
  const values = [context.venue, keys.filter(Boolean), ...(more ? [queries[0].params[more]] : [])];
  const { rows } = values[1].length ? await context.client.query({ name, text, values }) : { rows: [] };
  const found = Map.groupBy(rows, (row) => row.of);
  return keys.map((of) => (first ? found.get(of)?.[0] : found.get(of) ?? []));
};

const app = Fastify();
app.register(mercurius, {
  schema,
  jit: 1,
  resolvers: {
    Customer: {
      async bought({ id }, { performance }, { client, venue }) {
        return (await client.query({ name: "bought", text: bought, values: [venue, id, performance] })).rows[0].taken;
      },
    },
    Query: {
      buyer: (_, __, { customer }) => ({ id: customer }),
      async performance(_, { id }, { client, venue }) {
        return (await client.query({ name: "performance", text: performance, values: [venue, id] })).rows[0];
      },
    },
  },
  loaders: {
    Performance: { prices: loader("prices", prices, "id"), usages: loader("usages", usages, "id") },
    Price: { ticketType: loader("ticketTypes", ticketTypes, "ticketTypeId", true) },
    Customer: { assignments: loader("assignments", assignments, "id") },
    Assignment: {
      flag: loader("flags", flags, "flagId", true),
      pool: loader("pools", pools, "poolId", true),
      uses: loader("uses", uses, "id"),
    },
    Flag: { benefits: loader("benefits", benefits, "id"), coupling: loader("couplings", couplings, "id", true, "performance") },
    Coupling: { starts: loader("starts", starts, "id") },
    Pool: { terms: loader("terms", terms, "id", false, "production") },
    Terms: { discounts: loader("discounts", discounts, "id") },
  },
  async context(request) {
    const caller = await callerOf(pool, request.headers.authorization);
    const client = await pool.connect();
    await client.query(`begin read only; set local app.tenant = '${caller.venue}'`);
    return { ...caller, client };
  },
});
app.ready().then(() => {
  app.graphql.addHook("onResolution", async (_, { client }) => {
    await client.query("commit");
    client.release();
  });
});
await app.listen({ port: Number(port), host: "127.0.0.1" });
console.log("ready");
