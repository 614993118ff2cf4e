//! Router, status codes, REST, gateways.
