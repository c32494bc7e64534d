//! Stores reports in an object-storage bucket.

use std::error::Error as StdError;
use std::time::Duration;

use futures_util::TryStreamExt;
use object_store::client::{HttpError, HttpErrorKind};
use object_store::path::Path;
use object_store::{Error, ObjectStoreExt, PutMode, PutOptions, PutPayload};
use tokio::runtime::Runtime;

use super::cloud::{Opened, credential_methods};
use super::response_recorder::ResponseRecorder;
use super::send::{AUTHORITY, within};
use super::target::BucketAddress;
use super::{DeliveryError, Lookup, Store};
use crate::net::proxy::Proxies;
use crate::net::{AttemptError, RetryPolicy, is_retryable, lasting_fault, runtime, with_retries};

/// A bucket, accessed with the library `object_store`.
#[derive(Debug)]
pub struct Bucket {
    target: String,
    prefix: String,
    opened: Opened,
    recorder: ResponseRecorder,
    retry: RetryPolicy,
    runtime: Runtime,
}

/// Size limit, far above the report of the largest cluster.
const LARGEST: u64 = 64 << 20;

/// If there are no credentials, the run must fail quickly: the endpoints that provide them are on the node itself or,
/// for IRSA, one request away.
const FOR_CREDENTIALS: RetryPolicy = RetryPolicy {
    timeout: Duration::from_secs(5),
    attempts: 2,
    pause: Duration::from_millis(500),
    longest_pause: Duration::from_secs(1),
    total: Duration::from_secs(8),
};

impl Bucket {
    /// Obtains credentials; sends no request to the bucket yet.
    ///
    /// # Errors
    /// [`DeliveryError::NoCredentials`] and [`DeliveryError::Unusable`].
    pub fn open(bucket: &BucketAddress, retry: RetryPolicy, proxies: &Proxies) -> Result<Self, DeliveryError> {
        let target = bucket.to_string();
        let unusable = |source| DeliveryError::Unusable { target: target.clone(), source };
        let recorder = ResponseRecorder::new(proxies.clone());
        let opened = Opened::new(bucket, &recorder).map_err(|e| unusable(innermost(&e)))?;
        let runtime = runtime().map_err(|e| unusable(e.into()))?;
        let remedy = credential_methods(bucket.cloud);
        let none = |source| DeliveryError::NoCredentials { target: target.clone(), remedy, source };
        let find = || async {
            recorder.reset();
            opened.credentials().await.map_err(|error| {
                let refused = recorder.last_response().is_some_and(|seen| !is_retryable(seen.status));
                let none = none(innermost(&error));
                if refused { AttemptError::Final(none) } else { AttemptError::Retryable(none, None) }
            })
        };
        let found = with_retries(
            &FOR_CREDENTIALS,
            |_, _| {},
            |attempts| within(FOR_CREDENTIALS.timeout, &target, attempts, find()),
        );
        runtime.block_on(found).map_err(|error| match error {
            DeliveryError::Timeout { seconds, .. } => {
                none(format!("the credential source did not respond within {seconds} s").into())
            }
            error => error,
        })?;
        Ok(Self { target, prefix: bucket.prefix.clone(), opened, recorder, retry, runtime })
    }

    fn key(&self, path: &str) -> Result<Path, DeliveryError> {
        let key = if self.prefix.is_empty() { path.to_owned() } else { format!("{}/{path}", self.prefix) };
        self.key_of(&key)
    }

    fn key_of(&self, key: &str) -> Result<Path, DeliveryError> {
        Path::parse(key).map_err(|e| DeliveryError::Unusable { target: self.target.clone(), source: e.into() })
    }

    fn run<T, F>(&self, mut once: impl FnMut(u32) -> F) -> Result<T, DeliveryError>
    where
        F: Future<Output = Result<T, AttemptError<DeliveryError>>>,
    {
        let once = |attempts| within(self.retry.timeout, &self.target, attempts, once(attempts));
        self.runtime.block_on(with_retries(&self.retry, |_, _| {}, once))
    }

    /// Classifies an error of the storage library: retryable or final.
    fn attempt_error(&self, error: &Error, attempts: u32) -> AttemptError<DeliveryError> {
        let target = self.target.clone();
        match self.recorder.last_response() {
            Some(seen) if !(200..300).contains(&seen.status) => {
                let said = code(&error.to_string());
                let refused = DeliveryError::Refused { target, status: seen.status, said, attempts };
                if is_retryable(seen.status) {
                    AttemptError::Retryable(refused, seen.asked)
                } else {
                    AttemptError::Final(refused)
                }
            }
            _ if timed_out(error) => {
                let seconds = self.retry.timeout.as_secs();
                AttemptError::Retryable(DeliveryError::Timeout { target, seconds, attempts }, None)
            }
            _ => match lasting_fault(error, AUTHORITY) {
                Some(why) => AttemptError::Final(DeliveryError::NoConnection { target, why }),
                None => AttemptError::Retryable(
                    DeliveryError::Unreachable { target, attempts, source: innermost(error) },
                    None,
                ),
            },
        }
    }

    async fn get(&self, key: &Path, attempts: u32) -> Result<Lookup, AttemptError<DeliveryError>> {
        self.recorder.reset();
        let result = match self.opened.store().get(key).await {
            Ok(result) => result,
            Err(Error::NotFound { .. }) => return Ok(Lookup::Absent),
            Err(Error::PermissionDenied { .. }) => return Ok(Lookup::Hidden),
            Err(error) => return Err(self.attempt_error(&error, attempts)),
        };
        if result.meta.size > LARGEST {
            let path = format!("{}/{key}", self.target);
            return Err(AttemptError::Final(DeliveryError::TooLarge { path, mebibytes: LARGEST >> 20 }));
        }
        let bytes = result.bytes().await.map_err(|error| self.attempt_error(&error, attempts))?;
        Ok(Lookup::Found(bytes.to_vec()))
    }

    /// The keys of all objects in a folder.
    async fn keys(&self, folder: Option<&Path>, attempts: u32) -> Result<Vec<Path>, AttemptError<DeliveryError>> {
        self.recorder.reset();
        let objects: Result<Vec<_>, Error> = self.opened.store().list(folder).try_collect().await;
        let objects = objects.map_err(|error| self.attempt_error(&error, attempts))?;
        Ok(objects.into_iter().map(|object| object.location).collect())
    }

    async fn put(&self, key: &Path, bytes: &[u8], attempts: u32) -> Result<bool, AttemptError<DeliveryError>> {
        self.recorder.reset();
        let put = |mode| {
            let payload = PutPayload::from(bytes.to_vec());
            self.opened.store().put_opts(key, payload, PutOptions::from(mode))
        };
        match put(PutMode::Create).await {
            Ok(_) => Ok(true),
            Err(Error::AlreadyExists { .. }) => Ok(false),
            Err(error) if self.is_unsupported(&error) => match self.opened.store().head(key).await {
                Ok(_) => Ok(false),
                Err(Error::NotFound { .. }) => {
                    put(PutMode::Overwrite).await.map(|_| true).map_err(|error| self.attempt_error(&error, attempts))
                }
                Err(error) => Err(self.attempt_error(&error, attempts)),
            },
            Err(error) => Err(self.attempt_error(&error, attempts)),
        }
    }

    /// Some S3-compatible stores do not support conditional writes.
    fn is_unsupported(&self, error: &Error) -> bool {
        matches!(error, Error::NotImplemented { .. })
            || self.recorder.last_response().is_some_and(|seen| seen.status == 501)
    }
}

impl Store for Bucket {
    fn lookup(&self, path: &str) -> Result<Lookup, DeliveryError> {
        let key = self.key(path)?;
        self.run(|attempts| self.get(&key, attempts))
    }

    fn create(&self, path: &str, bytes: &[u8]) -> Result<bool, DeliveryError> {
        let key = self.key(path)?;
        self.run(|attempts| self.put(&key, bytes, attempts))
    }

    fn list(&self) -> Result<Vec<String>, DeliveryError> {
        let folder = (!self.prefix.is_empty()).then(|| self.key_of(&self.prefix)).transpose()?;
        let keys = self.run(|attempts| self.keys(folder.as_ref(), attempts))?;
        let below = |key: &Path| -> Option<String> {
            let parts = key.prefix_match(folder.as_ref().unwrap_or(&Path::default()))?;
            Some(parts.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/"))
        };
        Ok(keys.iter().filter_map(below).filter(|path| path.starts_with("cluster=")).collect())
    }
}

fn timed_out(error: &Error) -> bool {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<HttpError>() {
            return error.kind() == HttpErrorKind::Timeout;
        }
        source = error.source();
    }
    false
}

/// The innermost cause: the errors around it repeat the address, which may be signed, and the duration.
fn innermost(error: &Error) -> Box<dyn StdError + Send + Sync> {
    let mut cause: &dyn StdError = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let text = cause.to_string();
    text.lines().next().unwrap_or_default().chars().take(300).collect::<String>().into()
}

/// The error code in the response, for example `<Code>AccessDenied</Code>`.
fn code(text: &str) -> Option<String> {
    let (code, _) = text.split_once("<Code>")?.1.split_once("</Code>")?;
    (!code.is_empty() && code.len() <= 60 && code.bytes().all(|b| b.is_ascii_alphanumeric())).then(|| code.to_owned())
}
