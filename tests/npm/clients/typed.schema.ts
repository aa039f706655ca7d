import { graphql } from "./generated/schema/gql.js";
import type { CustomersQuery, HallsUpsertMutation, JobProgressSubscription } from "./generated/schema/graphql.js";

// --- docs/api.md: graphql-codegen
export const customers = graphql(`
  query Customers($after: String) {
    customers(first: 50, after: $after) {
      edges { node { id number lastName createdAt orders(first: 3) { nodes { state orderedAt } } } }
      pageInfo { endCursor hasNextPage }
    }
  }
`);
// --- end

export const upsert = graphql(`
  mutation HallsUpsert($rows: [HallUpsertRow!]!) {
    hallsUpsert(rows: $rows) { created results { status id errors { field code message } } userErrors { code } }
  }
`);
export const progress = graphql(`
  subscription JobProgress($id: ID!) { jobProgress(id: $id) { state progress { done total } error { code } } }
`);

export const names = (data: CustomersQuery): string[] =>
  (data.customers?.edges ?? []).map(({ node }) => node.lastName ?? `${node.number}`);
export const codes = (data: HallsUpsertMutation): string[] =>
  (data.hallsUpsert?.results ?? []).flatMap(({ errors }) => errors.map(({ code }) => code));
export const over = (data: JobProgressSubscription): boolean => data.jobProgress?.state === "DONE";
// @ts-expect-error: a field that was not asked for is not there
export const wrong = (data: CustomersQuery) => data.customers?.totalCount;
