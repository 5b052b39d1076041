//! Sign-in by tokens: one source for each `[[oauth]]` table, shared by all mailboxes and the courier;
//! and the loop that renews tokens ahead of need, so that trouble is told while the old ones still serve.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::civil::Date;

use super::house::House;
use crate::clock::Clock;
use crate::config::{self, Oauth};
use crate::domain::words;
use crate::oauth::{Grant, RefreshTokens, SignIn, TokenError, TokenFault, TokenSettings, TokenSource};
use crate::store::{Store, StoreError};

/// How long one request for a token may take.
const TOKEN_TIMEOUT: Duration = Duration::from_secs(30);

/// All alarms of this loop begin so.
const ALARMS: &str = "oauth-";

/// Days before the end of a client secret at which it is told, each anew; 0 is the end itself.
const RUNGS: [i32; 5] = [0, 1, 7, 14, 30];

/// The sources of tokens, by name.
#[derive(Clone)]
pub struct SignIns {
    sources: BTreeMap<String, TokenSource>,
    kept: Arc<dyn RefreshTokens>,
}

impl SignIns {
    /// One source for each table; none asks for anything yet.
    #[must_use]
    pub fn new(tables: &[Arc<Oauth>], kept: Arc<dyn RefreshTokens>) -> Self {
        let source = |table: &Arc<Oauth>| (table.name.clone(), source(table, &kept));
        Self { sources: tables.iter().map(source).collect(), kept }
    }

    /// With what to sign in. Whoever names the same table gets the same tokens.
    #[must_use]
    pub fn of(&self, sign_in: &config::SignIn) -> SignIn {
        match sign_in {
            config::SignIn::Password(password) => SignIn::Password(password.clone()),
            config::SignIn::Oauth(table) => SignIn::Tokens(self.source(table)),
        }
    }

    /// The source of this table's tokens.
    #[must_use]
    pub fn source(&self, table: &Oauth) -> TokenSource {
        self.sources.get(&table.name).cloned().unwrap_or_else(|| source(table, &self.kept))
    }
}

fn source(table: &Oauth, kept: &Arc<dyn RefreshTokens>) -> TokenSource {
    let settings = TokenSettings {
        name: table.name.clone(),
        endpoint: table.token_endpoint.clone(),
        client_id: table.client_id.clone(),
        client_secret_file: table.client_secret_file.clone(),
        grant: table.refresh_token_file.clone().map_or(Grant::ClientCredentials, Grant::RefreshToken),
        scopes: table.scopes.clone(),
        ca_file: table.ca_file.clone(),
        timeout: TOKEN_TIMEOUT,
    };
    TokenSource::new(settings, Arc::clone(kept))
}

/// Refresh tokens in the database.
pub struct InDatabase {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl RefreshTokens for InDatabase {
    async fn load(&self, source: &str) -> Result<Option<Vec<u8>>, String> {
        self.store.refresh_token(source).await.map_err(|error| error.to_string())
    }

    async fn keep(&self, source: &str, sealed: &[u8]) -> Result<(), String> {
        let kept = async {
            let mut tx = self.store.begin().await?;
            tx.keep_refresh_token(source, sealed, self.clock.now()).await?;
            tx.commit().await
        };
        kept.await.map_err(|error: StoreError| error.to_string())
    }
}

/// One pass: renews what is due, and raises or ends the alarms about it.
///
/// # Errors
/// When the database fails.
pub async fn run_once(house: &House) -> anyhow::Result<()> {
    let mut standing = BTreeMap::new();
    let today = words::london_date(house.clock.now());
    for table in &house.config.oauth {
        let (token, fault) = house.sign_ins.source(table).renewed().await;
        let lasting = |fault: &TokenError| token.is_err() || is_lasting(&fault.fault);
        if let Some(fault) = fault.filter(lasting) {
            let until = if token.is_ok() {
                "Tokens to sign in with are not renewed; the last one serves a while yet"
            } else {
                "There is no token to sign in with"
            };
            standing.insert(format!("{ALARMS}{}", table.name), format!("{until}. {fault}"));
        }
        if let Some((rung, text)) = table.client_secret_expires.and_then(|ends_on| expiry(&table.name, ends_on, today))
        {
            standing.insert(format!("{ALARMS}{}-secret-{rung}", table.name), text);
        }
    }
    for alarm in house.store.alarms().await? {
        if alarm.key.starts_with(ALARMS) && !standing.contains_key(&alarm.key) {
            house.clear_alarm(&alarm.key).await?;
        }
    }
    for (key, text) in standing {
        house.raise_alarm(&key, &text).await?;
    }
    Ok(())
}

/// A passing fault says nothing while there is a token that still serves.
fn is_lasting(fault: &TokenFault) -> bool {
    fault.needs_a_person() || matches!(fault, TokenFault::NotKept(_))
}

/// The rung a client secret has reached, with the words for it.
fn expiry(name: &str, ends_on: Date, today: Date) -> Option<(i32, String)> {
    let left = (ends_on - today).get_days();
    let rung = RUNGS.into_iter().find(|rung| left <= *rung)?;
    let remedy = "make a new one at the provider, put its value into client_secret_file, and write the new date";
    let end = words::date(ends_on);
    let text = match left {
        ..0 => format!("The client secret of sign-in '{name}' expired on {end}: {remedy}"),
        _ => format!("The client secret of sign-in '{name}' expires on {end} (days left: {left}): {remedy}"),
    };
    Some((rung, text))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::expiry;

    /// Lessons 13.
    #[test]
    fn the_end_of_a_client_secret_is_told_thirty_fourteen_seven_and_one_day_ahead() {
        let rung = |today| expiry("microsoft", date(2027, 1, 31), today).map(|(rung, _)| rung);
        assert_eq!(rung(date(2026, 12, 31)), None);
        for (day, told) in [(1, 30), (16, 30), (17, 14), (23, 14), (24, 7), (29, 7), (30, 1), (31, 0)] {
            assert_eq!(rung(date(2027, 1, day)), Some(told), "{day} January");
        }
        let (rung, words) = expiry("microsoft", date(2027, 1, 31), date(2027, 2, 3)).unwrap();
        assert!(rung == 0 && words.contains("expired on 31 January 2027"), "{words}");
    }
}
