//! Every setting: name, unit, default, environment variable.
