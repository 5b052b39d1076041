//! The built-in letters: what they say, and what they cannot leave unsaid.

use super::*;
use crate::letters::context::View;

fn full<V: View>() -> V {
    V::samples().into_iter().next().unwrap()
}

#[test]
fn built_in_templates_meet_the_code() {
    let faults = built_in().check(&code());
    assert!(faults.is_empty(), "{}", lines(&faults));
}

#[test]
fn letters_read_as_approved() {
    let templates = built_in();
    for rendered in [
        templates.render(&full::<AcknowledgementView>()).unwrap(),
        templates.render(&full::<ExtensionView>()).unwrap(),
        templates.render(&full::<ReminderView>()).unwrap(),
        templates.render(&full::<OverdueListView>()).unwrap(),
    ] {
        let name = rendered.kind.key();
        insta::assert_snapshot!(format!("{name}.text"), format!("{}\n\n{}", rendered.subject, rendered.text));
        insta::assert_snapshot!(format!("{name}.html"), rendered.html);
    }
}
