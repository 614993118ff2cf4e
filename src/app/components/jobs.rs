//! What the pages of the job board are made of.

pub mod application_row;
pub mod apply;
pub mod job_form;
pub mod job_row;
pub mod open_jobs;
pub mod stage;
pub mod timeline;
pub mod words;
