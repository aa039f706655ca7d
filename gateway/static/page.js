// Asks the address this page was opened at. What is typed into Headers stays in the browser's storage for this address.
const query = `# Sign in, then put the token into the Headers tab below: { "Authorization": "Bearer …" }
# With several venues add "X-Venue". The tokens and keys of the demo are in .foyer/demo.json.

{
  __typename
}
`;
ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher: GraphiQL.createFetcher({ url: location.pathname, enableIncrementalDelivery: false }),
    defaultQuery: query,
    defaultEditorToolsVisibility: "headers",
    shouldPersistHeaders: true,
  }),
);
