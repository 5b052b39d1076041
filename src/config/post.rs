//! Reads how the landlord posts letters: the classes of post, and until when post goes on a working day.

use jiff::civil::Time;

use super::reader::Section;
use crate::domain::calendar::WorkingDays;
use crate::domain::post::PostRules;

/// The `[post]` section; all of it may be left out.
pub(super) fn read(mut section: Section<'_>) -> PostRules {
    let usual = PostRules::default();
    let mut time = |key| {
        let read = |text: &str| match Time::strptime("%H:%M", text.trim()) {
            Ok(time) => Ok(time),
            Err(_) => Err("not a time of day".to_owned()),
        };
        section.parsed(key, read, "write a time of day such as \"17:00\"")
    };
    let begins = time("day_begins").unwrap_or(usual.begins);
    let last_post = time("last_post").unwrap_or(usual.last_post);
    if begins >= last_post {
        section.fault(
            "last_post",
            "is not later than day_begins",
            "write the time at which the last post of a day goes",
        );
    }
    let classes = section.names("classes");
    let within = section.number("within_working_days", 0..=20).map_or(usual.within, WorkingDays);
    section.finish();
    PostRules { classes, within, begins, last_post }
}
