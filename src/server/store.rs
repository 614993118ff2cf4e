//! The only SQL: SQLite and PostgreSQL behind the domain's ports.
