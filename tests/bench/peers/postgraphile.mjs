// PostGraphile 5 over the project's own tables: what it makes of them by itself, and two root fields that name the venue.
import { createServer } from "node:http";
import pg from "pg";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { context } from "postgraphile/grafast";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { extendSchema, gql } from "postgraphile/utils";
import { callerOf } from "./caller.mjs";

const [url, port, connections] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: url, max: Number(connections), idleTimeoutMillis: 0 });

const roots = extendSchema((build) => {
  const { customers, performances } = build.input.pgRegistry.pgResources;
  const key = (name) => context().get(name);
  return {
    typeDefs: gql`
      extend type Query {
        offered(id: UUID!): Performance
        buyer: Customer
      }
    `,
    objects: {
      Query: {
        plans: {
          offered: (_, { $id }) => performances.get({ tenant_id: key("venue"), id: $id }),
          buyer: () => customers.get({ tenant_id: key("venue"), id: key("customer") }),
        },
      },
    },
  };
});

const server = createServer();
const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [roots],
  disablePlugins: ["MutationPlugin", "PgIndexBehaviorsPlugin"], // partial indexes count as none there
  schema: { defaultBehavior: "-connection +list -insert -update -delete" },
  pgServices: [makePgService({ pool, schemas: ["public"] })],
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false },
  grafast: {
    explain: false,
    async context(request) {
      const caller = await callerOf(pool, request.node.req.headers.authorization);
      return { ...caller, pgSettings: { "app.tenant": caller.venue } };
    },
  },
});
await instance.createServ(grafserv).addTo(server);
server.listen(Number(port), "127.0.0.1", () => console.log("ready"));
