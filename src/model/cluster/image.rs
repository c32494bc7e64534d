//! Image sizes as nodes report them: compressed layers or unpacked files, depending on the container runtime.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::Bytes;

/// The size of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ImageSize {
    /// Size in bytes, as nodes report it.
    Exact(Bytes),
    /// No node lists it, and a node that runs it lists only its largest images: the size is at most that of the
    /// smallest of these.
    AtMost(Bytes),
}

impl ImageSize {
    /// The size, or its upper bound.
    pub const fn bytes(self) -> Bytes {
        match self {
            Self::Exact(bytes) | Self::AtMost(bytes) => bytes,
        }
    }
}

/// What a container runtime counts as the size of an image (<https://github.com/kubernetes/kubernetes/issues/120698>:
/// the API between kubelet and runtime does not specify it).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ImageForm {
    /// The compressed layers, as they are pulled: containerd. Unpacked, an image takes two to three times as much.
    Compressed,
    /// The files on disk: CRI-O and Docker.
    Unpacked,
    /// Another runtime, or nodes with different runtimes.
    #[default]
    Unknown,
}

impl ImageForm {
    /// Determined from the name of the runtime in a node's `containerRuntimeVersion`: `containerd://2.1.4`.
    pub fn of_runtime(version: &str) -> Self {
        match version.split("://").next() {
            Some("containerd") => Self::Compressed,
            Some("cri-o" | "docker") => Self::Unpacked,
            _ => Self::Unknown,
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field by reference")]
    const fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }
}

/// What nodes report about an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImageFacts {
    /// The size that most nodes report; if several are equally frequent, the largest.
    pub size: ImageSize,
    /// Whether the size is compressed or unpacked.
    #[serde(default, skip_serializing_if = "ImageForm::is_unknown")]
    pub form: ImageForm,
    /// Whether nodes report different sizes: other architectures, or another image under the same tag.
    #[serde(default, skip_serializing_if = "is_false")]
    pub differs: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field by reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}
