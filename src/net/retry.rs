//! Retries with growing pauses, or after the pause that the server asks for (Retry-After).

use std::future::Future;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use http::{HeaderMap, header::RETRY_AFTER};

/// How long and how often a request is tried.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// Time limit of one attempt; for the API server, whose lists are long, of each silence within it.
    pub timeout: Duration,
    /// Maximum number of attempts, the first included.
    pub attempts: u32,
    /// Before the second attempt; twice as long before each further one.
    pub pause: Duration,
    /// The longest pause, also where the server asks for more.
    pub longest_pause: Duration,
    /// No attempt is begun later than this.
    pub total: Duration,
}

/// The error of one attempt.
pub(crate) enum AttemptError<E> {
    /// Another attempt may help, after a pause that the server may have asked for.
    Retryable(E, Option<Duration>),
    /// Another attempt cannot help.
    Final(E),
}

impl RetryPolicy {
    /// Time limit for a connection: no server that is there needs longer.
    pub(crate) fn connect_timeout(&self) -> Duration {
        self.timeout.min(Duration::from_secs(10))
    }
}

/// Tries until it is done, the error is final, or the policy allows no further attempt. `once` gets the number of the
/// attempt; `on_wait` hears of every pause.
pub(crate) async fn with_retries<T, E, F>(
    policy: &RetryPolicy,
    on_wait: impl Fn(&E, Duration),
    mut once: impl FnMut(u32) -> F,
) -> Result<T, E>
where
    F: Future<Output = Result<T, AttemptError<E>>>,
{
    let start = tokio::time::Instant::now();
    let mut attempts = 0;
    let next = || {
        attempts += 1;
        once(attempts)
    };
    // The random part keeps many readers from coming back in the same second.
    let pauses = ExponentialBuilder::default()
        .with_min_delay(policy.pause)
        .with_max_delay(policy.longest_pause)
        .with_max_times(policy.attempts.saturating_sub(1) as usize)
        .with_jitter();
    let pause = |error: &AttemptError<E>, own: Option<Duration>| {
        let AttemptError::Retryable(_, asked) = error else { return None };
        let wait = own.map(|own| asked.unwrap_or(own).min(policy.longest_pause))?;
        (start.elapsed() + wait <= policy.total).then_some(wait)
    };
    let done = next.retry(pauses).adjust(pause).notify(|error, wait| on_wait(error.inner(), wait)).await;
    done.map_err(AttemptError::into_inner)
}

impl<E> AttemptError<E> {
    const fn inner(&self) -> &E {
        match self {
            Self::Retryable(error, _) | Self::Final(error) => error,
        }
    }

    fn into_inner(self) -> E {
        match self {
            Self::Retryable(error, _) | Self::Final(error) => error,
        }
    }
}

/// HTTP statuses that are worth a retry (<https://www.rfc-editor.org/rfc/rfc9110#section-15>).
pub(crate) const fn is_retryable(status: u16) -> bool {
    matches!(status, 408 | 429 | 500..=599)
}

/// The pause that a server asks for, in seconds. A date (RFC 9110) asks for no other pause than our own.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}
