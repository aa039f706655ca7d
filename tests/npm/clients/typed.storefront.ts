import { graphql } from "./generated/storefront/gql.js";
import type { ProgrammeQuery } from "./generated/storefront/graphql.js";

export const programme = graphql(`
  query Programme { performances(first: 20) { nodes { id startsAt prices { amount { amount currencyCode } } } } }
`);
export const starts = (data: ProgrammeQuery): string[] => (data.performances?.nodes ?? []).map(({ startsAt }) => `${startsAt}`);
