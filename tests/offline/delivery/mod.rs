//! `capmodel report --deliver`: whatever happens to one target, the report is printed, the other targets receive it,
//! and the exit code reports the failure. Every report here is made from one snapshot file.

#[cfg(feature = "buckets")]
mod bucket;
#[cfg(feature = "buckets")]
mod credentials;
#[cfg(feature = "live")]
mod failed_run;
mod kill;
mod next_month;
#[cfg(feature = "live")]
mod pushgateway;
mod volume;
#[cfg(feature = "live")]
mod webhook;

#[cfg(not(feature = "buckets"))]
#[test]
fn a_bucket_without_the_feature_is_a_usage_error() {
    let run = crate::support::delivery::deliver(&["s3://reports/x"], &[]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("built without buckets"), "{}", run.stderr);
}
