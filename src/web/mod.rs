//! The officers' pages: server-rendered, without JavaScript. One file per screen with its view and
//! its page as a pure function of the view; one place for what every answer carries.

pub mod app;
pub mod assets;
pub mod attachment;
pub mod case;
pub mod contact;
pub mod contact_decision;
pub mod contacts;
pub mod correct;
pub mod enter;
pub mod fault;
pub mod files;
pub mod form;
pub mod formatted;
pub mod incident;
pub mod layers;
pub mod letter;
pub mod letter_form;
pub mod letter_page;
pub mod letter_paper;
pub mod letter_post;
pub mod marks;
pub mod nested;
pub mod next;
pub mod outcome;
pub mod page;
pub mod password;
pub mod people;
pub mod post;
pub mod record;
pub mod samples;
pub mod search;
pub mod session;
pub mod sign_in;
pub mod to_decide;
pub mod triage;
pub mod visit;
pub mod withheld;
pub mod work_list;

pub use app::{Access, App, Route, Settings, router, routes, serve};
