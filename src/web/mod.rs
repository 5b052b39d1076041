//! The officers' pages: server-rendered, without JavaScript. One file per screen with its view and
//! its page as a pure function of the view; one place for what every answer carries.

pub mod assets;
pub mod case;
pub mod contact;
pub mod contacts;
pub mod layers;
pub mod letter;
pub mod letter_form;
pub mod page;
pub mod password;
pub mod samples;
pub mod session;
pub mod sign_in;
pub mod work_list;
