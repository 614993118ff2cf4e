//! Server functions: typed doors from the app to the domain, a line or two each, under `/sfn`.
