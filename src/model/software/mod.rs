//! Identifies the software in a container by well-known names of images, programs and metrics.
//!
//! The tables contain only public names, so everything they recognise can be kept in a redacted snapshot. A name that
//! is in none of them identifies nothing.

mod declared;
mod image;
mod image_table;
mod known_software;
mod metric;
mod program;
mod program_table;
mod reference;

pub use declared::{DeclaredRuntime, RUNTIME_KEY};
pub use image::{image_by_name, images_known};
pub use known_software::{Kind, KnownSoftware, Part, Strength};
pub use metric::{SOFTWARE_METRICS, SoftwareSign, software_of_metric};
pub use program::{Argument, program_by_name, programs};
pub use reference::ImageReference;
