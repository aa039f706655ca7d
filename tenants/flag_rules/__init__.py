"""How customers get a flag by buying (Requirements L1, L2): what a rule is, writing one, and trying it out."""
