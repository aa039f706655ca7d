// The compiler reads the documents; nothing here runs.
declare const graphql: (text: TemplateStringsArray) => unknown;

export const page = graphql`
  fragment Customers_query on Query
  @argumentDefinitions(first: { type: "Int", defaultValue: 10 }, after: { type: "String" })
  @refetchable(queryName: "CustomersPageQuery") {
    customers(first: $first, after: $after) @connection(key: "Customers_customers") {
      edges { node { id lastName ...Customers_customer } }
    }
  }
`;
export const one = graphql`
  fragment Customers_customer on Customer
  @argumentDefinitions(first: { type: "Int", defaultValue: 3 }, after: { type: "String" })
  @refetchable(queryName: "CustomersOrdersQuery") {
    number
    orders(first: $first, after: $after) @connection(key: "Customers_orders") { edges { node { id state } } }
  }
`;
export const query = graphql`
  query CustomersQuery { ...Customers_query }
`;
export const upsert = graphql`
  mutation CustomersHallsMutation($rows: [HallUpsertRow!]!) { hallsUpsert(rows: $rows) { created userErrors { code } } }
`;
export const progress = graphql`
  subscription CustomersProgressSubscription($id: ID!) { jobProgress(id: $id) { state } }
`;
