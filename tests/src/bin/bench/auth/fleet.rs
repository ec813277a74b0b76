//! A thousand instances whose tokens end at the same moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use keyfob_digitaleo::operations::LIST_CAMPAIGNS;
use keyfob_digitaleo::{Oauth2, auth::API};
use keyfob_runtime::auth::{
    Acquisition, AuthError, Keyring, ManualClock, Network, ServerChoice, Settings, Token,
    TokenSource,
};

use crate::Outcome;
use crate::report::Figure;

const INSTANCES: usize = 1_000;
const LIFETIME: Duration = Duration::from_secs(3600);
/// The band over which an hour's tokens are renewed, looked at in so many parts.
const BAND: Duration = Duration::from_secs(30);
const PARTS: usize = 10;
const STEP: Duration = Duration::from_secs(1);

pub(super) async fn figures() -> Outcome<Vec<Figure>> {
    let clock = ManualClock::new();
    let asked = Arc::new(AtomicUsize::new(0));
    let fleet: Vec<Keyring> = (0..INSTANCES)
        .map(|_| instance(&clock, &asked))
        .collect::<Outcome<_>>()?;
    due(&fleet).await?;
    let mut moments = Vec::new();
    for second in 1..LIFETIME.as_secs() {
        clock.advance(STEP);
        for _ in 0..due(&fleet).await? {
            moments.push(second);
        }
    }
    let (first, last) = (
        moments.first().copied().unwrap_or_default(),
        moments.last().copied().unwrap_or_default(),
    );
    let mut parts = [0_usize; PARTS];
    let part = BAND.as_secs() / PARTS as u64;
    for moment in &moments {
        let index = usize::try_from((moment - first) / part)?;
        *parts
            .get_mut(index)
            .ok_or("the renewals take longer than the band")? += 1;
    }
    let peak = parts.into_iter().max().unwrap_or_default();
    let mean = moments.len() / PARTS;
    let case = format!("{INSTANCES} instances with the same expiry");
    Ok(vec![
        Figure::new(format!("{case}: renewals"), moments.len().to_string())
            .gate(format!("{INSTANCES}"), moments.len() == INSTANCES),
        Figure::new(
            format!("{case}: renewed {first} to {last} s after, most in {part} s (mean {mean})"),
            peak.to_string(),
        )
        .gate(format!("at most {}", 2 * mean), peak <= 2 * mean),
    ])
}

fn instance(clock: &ManualClock, asked: &Arc<AtomicUsize>) -> Outcome<Keyring> {
    let credential = Oauth2::source(Numbered(Arc::clone(asked)));
    let network = Network {
        http: reqwest::Client::new(),
        servers: ServerChoice::default(),
    };
    let settings = Settings::new().clock(clock.clone());
    Ok(Keyring::with_settings(
        &API,
        vec![credential.into()],
        network,
        settings,
    )?)
}

/// Lets each make a call, and counts those who had to see to their token.
async fn due(fleet: &[Keyring]) -> Outcome<usize> {
    let mut due = 0;
    for instance in fleet {
        if instance.ready(LIST_CAMPAIGNS.security).is_none() {
            due += 1;
            instance
                .authorize("list_campaigns", LIST_CAMPAIGNS.security)
                .await?;
        }
    }
    Ok(due)
}

/// A source whose tokens all differ.
struct Numbered(Arc<AtomicUsize>);

impl TokenSource for Numbered {
    async fn acquire(&self, _: Acquisition) -> Result<Token, AuthError> {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        Ok(Token::new(format!("token-{number}")).with_expires_in(LIFETIME))
    }
}
