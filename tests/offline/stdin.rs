//! `-` means standard input for every file that a command reads.

use crate::support::binary::{capmodel, text};

/// Runs a command with a file as its standard input; returns exit code, stdout and stderr.
fn with(input: &[u8], arguments: &str) -> (i32, String, String) {
    let words: Vec<&str> = arguments.split_whitespace().collect();
    let output = capmodel(&words).write_stdin(input).output().unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// Each line with FILE gives the same result with `-` and the file as standard input.
#[test]
fn a_file_and_standard_input_are_the_same() {
    for (file, line) in [
        ("examples/profile.toml", "estimate --rps 2000 --profile FILE --evidence measured"),
        ("examples/policy.toml", "estimate --rps 2000 --policy FILE"),
        ("examples/prices.csv", "estimate --rps 2000 --provider on-prem --prices FILE"),
        ("examples/pricing.toml", "estimate --rps 2000 --pricing FILE"),
        ("profiles/work/crud.toml", "estimate --rps 2000 --work FILE"),
        ("profiles/sidecars/istio.toml", "estimate --rps 2000 --sidecar FILE"),
        ("examples/workload.toml", "estimate --workload FILE"),
        ("fixtures/report/small.json", "estimate --rps 2000 --cluster FILE --prices fixtures/report/prices.csv"),
        ("fixtures/report/small.json", "report FILE --prices fixtures/report/prices.csv"),
        // Settings are only ignored after the cluster was read, which is then read again.
        (
            "fixtures/report/small.json",
            "report FILE --prices fixtures/report/prices.csv --config examples/capmodel.toml",
        ),
        ("examples/owners.toml", "report fixtures/report/small.json --prices fixtures/report/prices.csv --by FILE"),
        ("examples/capmodel.toml", "estimate --rps 2000 --config FILE"),
        ("fixtures/compare/after.json", "compare fixtures/compare/before.json FILE"),
        ("examples/profile.toml", "profiles show FILE --evidence measured"),
        ("examples/load-test.csv", "profiles fit --load-test FILE --profile python-flask"),
    ] {
        let (code, by_path, stderr) = with(b"", &line.replace("FILE", file));
        assert_eq!(code, 0, "{line}: {stderr}");
        let (code, by_stdin, stderr) = with(&std::fs::read(file).unwrap(), &line.replace("FILE", "-"));
        // The next steps of a report repeat the path, so that their lines break elsewhere.
        let words = |text: &str| -> Vec<String> {
            let words = text.split_whitespace().filter(|word| *word != "\\");
            words.map(|word| word.replace(file, "-")).collect()
        };
        assert_eq!((code, words(&by_stdin)), (0, words(&by_path)), "{line}: {stderr}");
    }
    let load: String = (1..=24).map(|hour| format!("{hour}\n")).collect();
    let (code, _, stderr) = with(load.as_bytes(), "estimate --rps 2000 --load -");
    assert_eq!(code, 0, "{stderr}");
    let bill = std::fs::read("examples/bill.focus.csv").unwrap();
    let report = "report fixtures/report/small.json --prices fixtures/report/prices.csv --month 2026-10 --bill -";
    let (code, stdout, stderr) = with(&bill, report);
    assert!(code == 0 && stdout.contains("standard input (FOCUS), 14 charges"), "{stdout}{stderr}");
    let metrics = std::fs::read("fixtures/prometheus/service.txt").unwrap();
    let report = "report fixtures/report/small.json --prices fixtures/report/prices.csv --scrape shop/web=-";
    let (code, _, stderr) = with(&metrics, report);
    assert_eq!(code, 0, "{stderr}");
}

#[test]
fn errors_name_standard_input_as_the_file() {
    for (line, said) in [
        ("profiles check -", "standard input is not a valid runtime profile"),
        ("prices check -", "standard input"),
        ("report -", "standard input is not a snapshot"),
        ("estimate --rps 5 --cluster -", "standard input is not a snapshot"),
        ("estimate --rps 5 --pricing -", "standard input"),
        ("compare - fixtures/compare/after.json", "standard input"),
        ("estimate --rps 5 --kubeconfig - --live", "the kubeconfig from standard input cannot be used"),
        ("estimate --rps 5 --config -", "standard input is not a valid file of settings"),
        ("report x --deliver @-", "standard input is not a valid delivery target"),
    ] {
        let (code, stdout, stderr) = with(b"nonsense\n", line);
        assert!(code != 0 && stdout.is_empty() && stderr.contains(said), "{line}: {code}: {stderr}");
        // `compare` estimates a workload file, and nobody gave it that option.
        assert!(!stderr.contains("--workload"), "{line}: {stderr}");
    }
}

#[test]
fn standard_input_can_only_be_one_file() {
    for line in [
        "compare - -",
        "report - -",
        "estimate --rps 5 --profile - --policy=-",
        "report - --scrape shop/web=-",
        "prices import aws - -",
        "profiles fit --profile python-flask --load-test=-,-,b.txt",
    ] {
        let (code, stdout, stderr) = with(b"", line);
        assert_eq!((code, stdout.as_str()), (2, ""), "{line}: {stderr}");
        assert!(stderr.contains("- is standard input, which can be only one of the files"), "{line}: {stderr}");
    }
}
