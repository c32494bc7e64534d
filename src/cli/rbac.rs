//! The arguments of `capmodel rbac`.

use clap::Args;

/// Arguments of `capmodel rbac`.
#[derive(Args, Debug)]
pub struct RbacArgs {
    /// Print a Role for this namespace instead of a ClusterRole (may be repeated)
    #[arg(short, long, value_name = "NAMESPACE")]
    pub namespace: Vec<String>,
}
