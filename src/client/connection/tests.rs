//! Every row of the state machine.
