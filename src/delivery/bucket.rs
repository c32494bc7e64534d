use std::error::Error as StdError;
use std::time::Duration;

use object_store::client::{HttpError, HttpErrorKind};
use object_store::path::Path;
use object_store::{Error, ObjectStoreExt, PutMode, PutOptions, PutPayload};
use tokio::runtime::Runtime;

use super::cloud::{Opened, ways_to_credentials};
use super::retry::{Patience, Trouble, passes, persist, runtime};
use super::target::BucketAddress;
use super::webhook::AUTHORITY;
use super::witness::Witness;
use super::{DeliveryError, Look, Store};
use crate::inputs::lasting_fault;
use crate::inputs::proxy::Proxies;

/// A bucket, by the library `object_store`.
#[derive(Debug)]
pub struct Bucket {
    target: String,
    prefix: String,
    opened: Opened,
    witness: Witness,
    patience: Patience,
    runtime: Runtime,
}

/// Far more than the report of the largest cluster.
const LARGEST: u64 = 64 << 20;

/// Who has no credentials is to know it at once: the addresses that give them are on the node itself or, for IRSA, one
/// request away.
const FOR_CREDENTIALS: Patience = Patience {
    timeout: Duration::from_secs(5),
    attempts: 2,
    pause: Duration::from_millis(500),
    longest_pause: Duration::from_secs(1),
    total: Duration::from_secs(8),
};

impl Bucket {
    /// Finds credentials; sends nothing to the bucket yet.
    ///
    /// # Errors
    /// [`DeliveryError::NoCredentials`] and [`DeliveryError::Unusable`].
    pub fn open(bucket: &BucketAddress, patience: Patience, proxies: &Proxies) -> Result<Self, DeliveryError> {
        let target = bucket.to_string();
        let unusable = |source| DeliveryError::Unusable { target: target.clone(), source };
        let witness = Witness::new(proxies.clone());
        let opened = Opened::new(bucket, &witness).map_err(|e| unusable(innermost(&e)))?;
        let runtime = runtime().map_err(|e| unusable(e.into()))?;
        let remedy = ways_to_credentials(bucket.cloud);
        let none = |source| DeliveryError::NoCredentials { target: target.clone(), remedy, source };
        let found = persist(&FOR_CREDENTIALS, &target, |_| async {
            witness.forget();
            opened.credentials().await.map_err(|error| {
                let refused = witness.seen().is_some_and(|seen| !passes(seen.status));
                let none = none(innermost(&error));
                if refused { Trouble::Final(none) } else { Trouble::Passing(none, None) }
            })
        });
        runtime.block_on(found).map_err(|error| match error {
            DeliveryError::Slow { seconds, .. } => {
                none(format!("what gives them did not answer within {seconds} s").into())
            }
            error => error,
        })?;
        Ok(Self { target, prefix: bucket.prefix.clone(), opened, witness, patience, runtime })
    }

    fn key(&self, path: &str) -> Result<Path, DeliveryError> {
        let key = if self.prefix.is_empty() { path.to_owned() } else { format!("{}/{path}", self.prefix) };
        Path::parse(key).map_err(|e| DeliveryError::Unusable { target: self.target.clone(), source: e.into() })
    }

    /// What an error means.
    fn trouble(&self, error: &Error, attempts: u32) -> Trouble {
        let target = self.target.clone();
        match self.witness.seen() {
            Some(seen) if !(200..300).contains(&seen.status) => {
                let said = code(&error.to_string());
                let refused = DeliveryError::Refused { target, status: seen.status, said, attempts };
                if passes(seen.status) { Trouble::Passing(refused, seen.asked) } else { Trouble::Final(refused) }
            }
            _ if timed_out(error) => {
                let seconds = self.patience.timeout.as_secs();
                Trouble::Passing(DeliveryError::Slow { target, seconds, attempts }, None)
            }
            _ => match lasting_fault(error, AUTHORITY) {
                Some(why) => Trouble::Final(DeliveryError::NoConnection { target, why }),
                None => {
                    Trouble::Passing(DeliveryError::Unreachable { target, attempts, source: innermost(error) }, None)
                }
            },
        }
    }

    async fn get(&self, key: &Path, attempts: u32) -> Result<Look, Trouble> {
        self.witness.forget();
        let result = match self.opened.store().get(key).await {
            Ok(result) => result,
            Err(Error::NotFound { .. }) => return Ok(Look::Absent),
            Err(Error::PermissionDenied { .. }) => return Ok(Look::Hidden),
            Err(error) => return Err(self.trouble(&error, attempts)),
        };
        if result.meta.size > LARGEST {
            let path = format!("{}/{key}", self.target);
            return Err(Trouble::Final(DeliveryError::TooLarge { path, mebibytes: LARGEST >> 20 }));
        }
        let bytes = result.bytes().await.map_err(|error| self.trouble(&error, attempts))?;
        Ok(Look::Found(bytes.to_vec()))
    }

    async fn put(&self, key: &Path, bytes: &[u8], attempts: u32) -> Result<bool, Trouble> {
        self.witness.forget();
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
                    put(PutMode::Overwrite).await.map(|_| true).map_err(|error| self.trouble(&error, attempts))
                }
                Err(error) => Err(self.trouble(&error, attempts)),
            },
            Err(error) => Err(self.trouble(&error, attempts)),
        }
    }

    /// Some that speak the API of S3 cannot write only where nothing is.
    fn is_unsupported(&self, error: &Error) -> bool {
        matches!(error, Error::NotImplemented { .. }) || self.witness.seen().is_some_and(|seen| seen.status == 501)
    }
}

impl Store for Bucket {
    fn look(&self, path: &str) -> Result<Look, DeliveryError> {
        let key = self.key(path)?;
        self.runtime.block_on(persist(&self.patience, &self.target, |attempts| self.get(&key, attempts)))
    }

    fn create(&self, path: &str, bytes: &[u8]) -> Result<bool, DeliveryError> {
        let key = self.key(path)?;
        self.runtime.block_on(persist(&self.patience, &self.target, |attempts| self.put(&key, bytes, attempts)))
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

/// The cause itself: what is around it repeats the address, which may be signed, and how long it took.
fn innermost(error: &Error) -> Box<dyn StdError + Send + Sync> {
    let mut cause: &dyn StdError = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let text = cause.to_string();
    text.lines().next().unwrap_or_default().chars().take(300).collect::<String>().into()
}

/// The cloud's own word for an error, `<Code>AccessDenied</Code>` of its answer.
fn code(text: &str) -> Option<String> {
    let (code, _) = text.split_once("<Code>")?.1.split_once("</Code>")?;
    (!code.is_empty() && code.len() <= 60 && code.bytes().all(|b| b.is_ascii_alphanumeric())).then(|| code.to_owned())
}
