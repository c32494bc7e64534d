//! The console blocks of the README are what the program prints today.

#[test]
fn console_blocks() {
    trycmd::TestCases::new().env("SOURCE_DATE_EPOCH", crate::support::binary::TODAY).case("README.md").run();
}
