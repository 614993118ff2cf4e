//! Hub and brokers: who is connected to what, and how an event reaches them.
