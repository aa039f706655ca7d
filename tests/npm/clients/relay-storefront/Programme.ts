// The compiler reads the documents; nothing here runs.
declare const graphql: (text: TemplateStringsArray) => unknown;

export const page = graphql`
  fragment Programme_query on Query
  @argumentDefinitions(first: { type: "Int", defaultValue: 10 }, after: { type: "String" })
  @refetchable(queryName: "ProgrammePageQuery") {
    performances(first: $first, after: $after) @connection(key: "Programme_performances") {
      edges { node { id ...Programme_performance } }
    }
  }
`;
export const one = graphql`
  fragment Programme_performance on Performance @refetchable(queryName: "ProgrammePerformanceQuery") { startsAt }
`;
export const query = graphql`
  query ProgrammeQuery { ...Programme_query }
`;
