//! The console blocks of the README, the documentation and the examples show the current output.

#[test]
fn console_blocks_show_actual_output() {
    trycmd::TestCases::new()
        .env("SOURCE_DATE_EPOCH", crate::support::binary::TODAY)
        .env("HOME", "/nonexistent")
        .env("XDG_CONFIG_HOME", "")
        .case("README.md")
        .case("docs/*.md")
        .case("examples/*.md")
        .run();
}
