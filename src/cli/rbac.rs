use clap::Args;

/// Arguments of `capmodel rbac`.
#[derive(Args, Debug)]
pub struct RbacArgs {
    /// Print a Role for this namespace (repeat) instead of a `ClusterRole`
    #[arg(short, long, value_name = "NAMESPACE")]
    pub namespace: Vec<String>,
}
