//! Triage on its page: in bare HTTP.

use complaintsd::domain::triage::{Triage, TriageKind};

use super::house::House;
use crate::support::scene::mail;

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_triaged_below_its_suggestion_and_repeat_contact_is_pointed_out() {
    let mut house = House::open().await;
    let (other, _) = house.scene.a_complaint().await;
    let from = [("From", "Ann Poole <ann@example.org>"), ("Message-ID", "<tap@mail.example.org>")];
    house.scene.arrives(&mail(&from, "The kitchen tap is dripping."));
    house.scene.poll().await;
    let case = house.scene.cases().await.pop().unwrap();
    let officer = house.officer().await;
    let (page, path) = (format!("/cases/{}", case.reference), format!("/cases/{}/triage", case.reference));
    let shown = officer.get(&page).await;
    assert!(shown.has("Nobody has decided what this is") && shown.has(&format!("href=\"{path}\"")), "{}", shown.body);
    assert!(shown.has("1 other case from this address"), "{}", shown.body);
    assert!(shown.has(&format!("href=\"/cases/{}\"", other.reference)), "{}", shown.body);
    assert!(officer.get("/work").await.has("to be triaged"));

    let form = officer.get(&path).await;
    assert!(form.has("Suggested: service request, because it has “dripping”"), "{}", form.body);
    let wrong = officer.press(&path, &[("do", "decide"), ("owner", "Repairs")]).await;
    assert!(wrong.status == 422 && wrong.has("Select what it is") && wrong.has("value=\"Repairs\""), "{}", wrong.body);
    let review = house.scene.clock_day().saturating_add(jiff::Span::new().days(7));
    let review = review.strftime("%-d %-m %Y").to_string();
    let press = async |choice: &str| {
        let fields = [
            ("do", "decide"),
            ("kind", "service-request"),
            ("reason", "A <dripping> tap"),
            ("owner", "Repairs"),
            ("choice", choice),
            ("risk", "high"),
            ("review-by", review.as_str()),
        ];
        officer.press(&path, &fields).await
    };
    let refused = press("").await;
    assert!(refused.status == 422 && refused.has("the choice to complain first"), "{}", refused.body);
    assert!(refused.has("A &#60;dripping&#62; tap"), "nothing typed is lost: {}", refused.body);
    let done = press("declined").await;
    assert_eq!(done.status, 303, "{}", done.body);
    assert_eq!(house.scene.now(&case).await.triage, Triage::As(TriageKind::ServiceRequest));
    let shown = officer.get(&page).await;
    for words in ["Repairs follows it up", "they do not want to complain", "A &#60;dripping&#62; tap", "risk high"] {
        assert!(shown.has(words), "{words}: {}", shown.body);
    }
    let list = officer.get("/work").await;
    assert!(list.has("service request, risk high"), "{}", list.body);
    let nothing = officer.press(&path, &[("do", "raise"), ("raise-reason", "x")]).await;
    assert!(nothing.status == 422 && nothing.has("o message waits to be triaged"), "{}", nothing.body);
    let unhappy = officer.press(&path, &[("do", "finish"), ("how", "x"), ("content", "no")]).await;
    assert!(unhappy.status == 422 && unhappy.has("aise a complaint from this"), "{}", unhappy.body);
    let finished = officer.press(&path, &[("do", "finish"), ("how", "A washer"), ("content", "yes")]).await;
    assert_eq!(finished.status, 303, "{}", finished.body);
    assert_eq!(house.scene.now(&case).await.state(), "closed");
}
