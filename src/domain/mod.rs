//! The core. It takes dates and facts as values and returns values: it never asks the time, reads a
//! file, or awaits, and imports nothing of the other modules.

pub mod calendar;
pub mod case;
pub mod chain;
pub mod code;
pub mod commands;
pub mod contact;
pub mod deadlines;
pub mod decision;
pub mod definition;
pub mod delivery;
pub mod events;
pub mod exclusion;
pub mod hand_over;
pub mod held;
pub mod ids;
pub mod landlord;
pub mod letter;
pub mod origin;
pub mod outcome;
pub mod parts;
pub mod people;
pub mod placing;
pub mod quotes;
pub mod receipt;
pub mod records;
pub mod reminders;
pub mod search;
pub mod stage;
pub mod token;
pub mod waiting;
pub mod words;
