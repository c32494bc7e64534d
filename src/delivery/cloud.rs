//! Opens a bucket of AWS, Google Cloud or Azure with the credentials of the environment.

use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzure, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorage, GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::{Error, ObjectStore, Result, RetryConfig};

use super::response_recorder::ResponseRecorder;
use super::target::{BucketAddress, Cloud};

/// A bucket of one of the cloud providers. The library reads region, account, endpoint and credentials from the same
/// environment variables as the providers' own tools.
#[derive(Debug)]
pub(super) enum Opened {
    Aws(AmazonS3),
    Gcp(GoogleCloudStorage),
    Azure(MicrosoftAzure),
    /// A bucket that is publicly writable, or an emulator of a cloud.
    Unsigned(Box<dyn ObjectStore>),
}

impl Opened {
    /// Builds the client; no request is sent yet.
    pub(super) fn new(bucket: &BucketAddress, recorder: &ResponseRecorder) -> Result<Self> {
        // Retries are done here, because the library would ignore the pause that a server asks for.
        let once = RetryConfig { max_retries: 0, ..RetryConfig::default() };
        let unsigned = |flag: Option<String>| flag.is_some_and(|text| text == "true");
        Ok(match bucket.cloud {
            Cloud::Aws => {
                let builder = AmazonS3Builder::from_env().with_bucket_name(&bucket.name);
                let unsigned = unsigned(builder.get_config_value(&AmazonS3ConfigKey::SkipSignature));
                let store = builder.with_retry(once).with_http_connector(recorder.clone()).build()?;
                if unsigned { Self::Unsigned(Box::new(store)) } else { Self::Aws(store) }
            }
            Cloud::Gcp => {
                let builder = GoogleCloudStorageBuilder::from_env().with_bucket_name(&bucket.name);
                let unsigned = unsigned(builder.get_config_value(&GoogleConfigKey::SkipSignature));
                let store = builder.with_retry(once).with_http_connector(recorder.clone()).build()?;
                if unsigned { Self::Unsigned(Box::new(store)) } else { Self::Gcp(store) }
            }
            Cloud::Azure => {
                let builder = MicrosoftAzureBuilder::from_env().with_container_name(&bucket.name);
                let emulated =
                    builder.get_config_value(&AzureConfigKey::UseEmulator).is_some_and(|text| text == "true");
                if !emulated && builder.get_config_value(&AzureConfigKey::AccountName).is_none() {
                    let source = "no storage account given: set AZURE_STORAGE_ACCOUNT_NAME".into();
                    return Err(Error::Generic { store: "Azure", source });
                }
                let unsigned = unsigned(builder.get_config_value(&AzureConfigKey::SkipSignature));
                let store = builder.with_retry(once).with_http_connector(recorder.clone()).build()?;
                if unsigned { Self::Unsigned(Box::new(store)) } else { Self::Azure(store) }
            }
        })
    }

    pub(super) fn store(&self) -> &dyn ObjectStore {
        match self {
            Self::Aws(store) => store,
            Self::Gcp(store) => store,
            Self::Azure(store) => store,
            Self::Unsigned(store) => store,
        }
    }

    /// Checks that there are credentials; they are cached for the following requests.
    pub(super) async fn credentials(&self) -> Result<()> {
        match self {
            Self::Aws(store) => store.credentials().get_credential().await.map(|_| ()),
            Self::Gcp(store) => store.credentials().get_credential().await.map(|_| ()),
            Self::Azure(store) => store.credentials().get_credential().await.map(|_| ()),
            Self::Unsigned(_) => Ok(()),
        }
    }
}

/// The ways for a pod to get credentials.
pub(super) const fn credential_methods(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::Aws => {
            "provide them through IRSA (AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE), EKS Pod Identity \
             (AWS_CONTAINER_CREDENTIALS_FULL_URI and AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE) or a Secret \
             (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)"
        }
        Cloud::Gcp => {
            "provide them through Workload Identity Federation for GKE (the metadata server) or a key file \
             (GOOGLE_APPLICATION_CREDENTIALS)"
        }
        Cloud::Azure => {
            "provide them through Workload Identity (AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_FEDERATED_TOKEN_FILE), a managed identity or a Secret (AZURE_STORAGE_ACCOUNT_KEY)"
        }
    }
}
