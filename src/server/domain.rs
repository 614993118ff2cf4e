//! The product's verbs, the ports they need, and who may see what.
