//! Retries of a delivery.

use std::future::Future;
use std::time::Duration;

use super::DeliveryError;

/// Time limits and number of attempts of a delivery.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// Time limit of one attempt.
    pub timeout: Duration,
    /// Maximum number of attempts, including the first one.
    pub attempts: u32,
    /// Pause before the second attempt; it doubles before each further one.
    pub pause: Duration,
    /// The longest pause, even if the server asks for a longer one.
    pub longest_pause: Duration,
    /// No attempt starts later than this.
    pub total: Duration,
}

impl Default for RetryPolicy {
    /// A webhook responds within a second, a bucket stores megabytes within a few; a deployment of either takes at
    /// most a minute.
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(15),
            attempts: 4,
            pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(30),
            total: Duration::from_secs(60),
        }
    }
}

/// The error of one attempt: one that another attempt may solve, after a pause that the server may have asked for; or one that it will not.
pub(super) enum AttemptError {
    Retryable(DeliveryError, Option<Duration>),
    Final(DeliveryError),
}

/// Retries until the operation succeeds, the error is final, or the policy allows no further attempt. `once` gets the
/// number of the attempt.
pub(super) async fn with_retries<T, F>(
    retry: &RetryPolicy,
    target: &str,
    mut once: impl FnMut(u32) -> F,
) -> Result<T, DeliveryError>
where
    F: Future<Output = Result<T, AttemptError>>,
{
    let start = tokio::time::Instant::now();
    let mut pause = retry.pause;
    let mut attempts = 1;
    loop {
        let (error, asked) = match tokio::time::timeout(retry.timeout, once(attempts)).await {
            Ok(Ok(done)) => return Ok(done),
            Ok(Err(AttemptError::Final(error))) => return Err(error),
            Ok(Err(AttemptError::Retryable(error, asked))) => (error, asked),
            Err(_) => {
                let seconds = retry.timeout.as_secs();
                (DeliveryError::Slow { target: target.to_owned(), seconds, attempts }, None)
            }
        };
        let wait = asked.unwrap_or_else(|| spread(pause)).min(retry.longest_pause);
        if attempts >= retry.attempts || start.elapsed() + wait > retry.total {
            return Err(error);
        }
        tokio::time::sleep(wait).await;
        pause *= 2;
        attempts += 1;
    }
}

/// HTTP statuses that justify a retry (<https://www.rfc-editor.org/rfc/rfc9110#section-15>).
pub(super) const fn is_retryable(status: u16) -> bool {
    matches!(status, 408 | 429 | 500..=599)
}

/// A random pause between half of the pause and the whole: the clusters of a company report in the same minute, and
/// must not retry in the same second.
fn spread(pause: Duration) -> Duration {
    let mut byte = [u8::MAX];
    // Without random bytes, the full pause is used.
    let _ = getrandom::fill(&mut byte);
    pause / 2 + pause / 2 * u32::from(byte[0]) / u32::from(u8::MAX)
}

/// One thread is enough for sequential requests.
pub(super) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
