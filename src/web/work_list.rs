//! The work list: what is due, most urgent first. The page officers start their day on.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;
use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan as _};

use super::app::App;
use super::fault::Fault;
use super::marks::MarkView;
use super::page::{Due, Place, Shell, resident_name};
use super::visit::{Asked, Visit};
use crate::domain::calendar::WorkingCalendar;
use crate::domain::case::Case;
use crate::domain::ids::CaseRef;
use crate::domain::post::to_go_by;
use crate::domain::words;
use crate::store::{OutboxWaiting, StoreError, Unsent, Waits};

/// So many cases stand on the list; the rest is less urgent.
const MOST_ROWS: usize = 1_000;

/// So many reviews and dates of the Ombudsman stand below it.
const MOST_TASKS: usize = 100;

/// A message that has waited this long to be sent is told of.
const LONG_WAIT: SignedDuration = SignedDuration::from_mins(15);

/// The work list.
#[derive(Debug, Clone, Default)]
pub struct WorkListView {
    /// Today, such as `Friday 2 January 2026`.
    pub today: String,
    /// What operators must act on; shown on top of everything.
    pub alarms: Vec<String>,
    /// What is due, most urgent first.
    pub rows: Vec<WorkRow>,
    /// Letters that wait to be posted, the most urgent first.
    pub to_post: Vec<ToPostRow>,
    /// Reviews and dates of the Ombudsman, the earliest first.
    pub tasks: Vec<TaskRow>,
}

/// A letter that waits to be posted.
#[derive(Debug, Clone)]
pub struct ToPostRow {
    /// The letter's number.
    pub letter: i64,
    /// What it is, such as `stage 1 acknowledgement`.
    pub kind: String,
    /// The case reference.
    pub reference: String,
    /// By when it must be posted.
    pub due: Due,
}

/// Something to be done on a case beside its own dates.
#[derive(Debug, Clone)]
pub struct TaskRow {
    /// The case reference.
    pub reference: String,
    /// What is to be done.
    pub what: String,
    /// By when.
    pub due: Due,
}

impl WorkListView {
    /// How many dates have passed.
    #[must_use]
    pub fn overdue(&self) -> usize {
        let overdue = |row: &&WorkRow| row.due.as_ref().is_some_and(Due::is_overdue);
        self.rows.iter().filter(overdue).count()
    }
}

/// One case on the work list.
#[derive(Debug, Clone)]
pub struct WorkRow {
    /// The case reference.
    pub reference: String,
    /// Who complains: a name, else an address.
    pub resident: String,
    /// What is due, such as `Acknowledge`.
    pub duty: String,
    /// When; `None` when the calendar does not reach that far.
    pub due: Option<Due>,
    /// What it is, or that it is to be triaged, in words.
    pub triage: String,
    /// The handler's name.
    pub handler: Option<String>,
    /// Words that must not wait, in any of its contacts.
    pub marks: Vec<MarkView>,
}

impl WorkRow {
    /// A case on the work list, seen from today.
    #[must_use]
    pub fn of(case: &Case, today: Date, calendar: &WorkingCalendar, marks: Vec<MarkView>) -> Self {
        let next = case.next_deadline();
        Self {
            reference: case.reference.to_string(),
            resident: resident_name(&case.resident),
            duty: next.map_or("Close, or take to stage 2", |(duty, _)| duty.words()).to_owned(),
            due: next.and_then(|(_, by)| by).map(|by| Due::seen_from(today, by, calendar)),
            triage: super::triage::in_a_row(case),
            handler: case.current.handler.as_ref().map(|handler| handler.name.clone()),
            marks,
        }
    }
}

#[derive(Template)]
#[template(path = "work_list.html")]
struct Page<'a> {
    shell: Shell<'a>,
    place: Place,
    view: &'a WorkListView,
}

/// The page.
///
/// # Errors
/// When the template cannot be written.
pub fn html(shell: Shell<'_>, view: &WorkListView) -> Result<String, askama::Error> {
    Page { shell, place: Place::Work, view }.render()
}

/// `GET /work`
///
/// # Errors
/// [`Fault`]
pub async fn show(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let (today, calendar) = (app.today(), &app.casework.desk.calendar);
    let cases = app.casework.store.work_list(MOST_ROWS).await?;
    let marks = app.casework.store.marks_of_cases(MOST_ROWS).await?;
    let row = |case: &Case| {
        let found = marks.get(&case.id).into_iter().flatten();
        WorkRow::of(case, today, calendar, MarkView::together(&app.hand_over, found))
    };
    let view = WorkListView {
        today: words::weekday_date(today),
        alarms: alarms(&app, today).await?,
        rows: cases.iter().map(row).collect(),
        to_post: to_post(&app, today).await?,
        tasks: tasks(&app, today).await?,
    };
    app.page(&visit, asked.notice(), |shell| html(shell, &view))
}

/// Letters that wait to be posted.
async fn to_post(app: &App, today: Date) -> Result<Vec<ToPostRow>, StoreError> {
    let (store, calendar) = (&app.casework.store, &app.casework.desk.calendar);
    let mut rows = Vec::new();
    for letter in store.unsent().await?.into_iter().filter(|letter| letter.waits == Waits::Post) {
        let Some(case) = store.case(letter.case).await? else { continue };
        let by = to_go_by(&app.casework.post, calendar, &case, letter.kind, letter.approved_at);
        rows.push((by, letter));
    }
    rows.sort_by_key(|(by, letter)| (*by, letter.letter));
    let row = |(by, letter): (Date, Unsent)| ToPostRow {
        letter: letter.letter.0,
        kind: letter.kind.to_string(),
        reference: letter.case_ref.to_string(),
        due: Due::seen_from(today, by, calendar),
    };
    Ok(rows.into_iter().map(row).collect())
}

/// Reviews and dates of the Ombudsman.
async fn tasks(app: &App, today: Date) -> Result<Vec<TaskRow>, StoreError> {
    let cases = app.casework.store.cases_with_tasks(Date::MAX, MOST_TASKS).await?;
    let mut tasks = Vec::new();
    for case in &cases {
        tasks.extend(case.people.tasks().into_iter().map(|task| (task.by, case.reference, task.what)));
    }
    tasks.sort();
    let row = |(by, reference, what): (Date, CaseRef, String)| TaskRow {
        reference: reference.to_string(),
        what,
        due: Due::seen_from(today, by, &app.casework.desk.calendar),
    };
    Ok(tasks.into_iter().take(MOST_TASKS).map(row).collect())
}

/// What operators must act on: what the daemon has raised, and what can be seen from here.
async fn alarms(app: &App, today: Date) -> Result<Vec<String>, StoreError> {
    let store = &app.casework.store;
    let told = |text: &str, since| format!("{text} (since {})", words::instant(since));
    let raised = store.alarms().await?.into_iter().map(|alarm| told(&alarm.text, alarm.since_at));
    let waiting = unsent(&store.outbox_waiting().await?, app.casework.clock.now());
    Ok(raised.chain(waiting).chain(calendar_ends(&app.casework.desk.calendar, today)).collect())
}

fn unsent(waiting: &OutboxWaiting, now: jiff::Timestamp) -> Option<String> {
    let oldest = waiting.oldest.filter(|oldest| now.duration_since(*oldest) > LONG_WAIT)?;
    let count = waiting.queued + waiting.in_doubt;
    let messages = if count == 1 { "1 message is".to_owned() } else { format!("{count} messages are") };
    Some(format!(
        "{messages} waiting to be sent, the oldest since {}. complaintsd keeps trying.",
        words::instant(oldest)
    ))
}

/// A year ahead there is time to fetch newer bank holidays.
fn calendar_ends(calendar: &WorkingCalendar, today: Date) -> Option<String> {
    let ends = calendar.covered_to();
    (ends < today.saturating_add(12.months())).then(|| {
        format!(
            "The bank holidays are known only to {}. Later deadlines cannot be worked out: the person who runs \
             complaintsd must install a newer bank holiday file.",
            words::date(ends)
        )
    })
}
