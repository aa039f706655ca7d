// Asks the address this page was opened at. What is typed into Headers stays in the browser's storage for this address.
const query = `# Your token goes into Headers:
# { "Authorization": "Bearer …" }
# and with several venues "X-Venue".
# The demo's are in .foyer/demo.json.

{
  __typename
}
`;
const asked = new URLSearchParams(location.search);
ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher: GraphiQL.createFetcher({ url: location.pathname, enableIncrementalDelivery: false }),
    defaultQuery: query,
    query: asked.get("query") ?? undefined,
    variables: asked.get("variables") ?? undefined,
    operationName: asked.get("operationName") ?? undefined,
    defaultEditorToolsVisibility: "headers",
    shouldPersistHeaders: true,
  }),
);
