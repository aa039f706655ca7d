"""What schemathesis has to know about our scalars; it loads this into its own virtual environment."""

import os

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

AMOUNTS = st.decimals(-(10**12), 10**12, places=2).map(str)
ODD_AMOUNTS = st.sampled_from(["0", "-0", "1e400", "NaN", "Infinity", "", "1,5", "9" * 400])
IDS = os.environ["FOYER_FUZZ_IDS"].split()  # so that some of what is asked for exists

schemathesis.graphql.scalar("Decimal", (AMOUNTS | ODD_AMOUNTS).map(nodes.String))
schemathesis.graphql.scalar("JSON", (st.text() | st.integers().map(str)).map(nodes.String))
schemathesis.graphql.scalar("ID", (st.sampled_from(IDS) | st.text()).map(nodes.String))
schemathesis.graphql.scalar("Int", (st.integers(-3, 120) | st.integers(-(2**31), 2**31 - 1)).map(nodes.Int))
