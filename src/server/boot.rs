//! Roof: builds every part, hands each to the next, owns the order of shutdown.
