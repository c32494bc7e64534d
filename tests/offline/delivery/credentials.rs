//! Sources of a pod's credentials; missing credentials are reported at once.

use std::time::{Duration, Instant};

use crate::support::delivery::{command, run};
use crate::support::server::{Reply, Server, nobody};
use crate::support::tls::Tls;

/// Longer than any of these runs takes, and shorter than any timeout of a cloud SDK.
const LONGEST_REFUSAL: Duration = Duration::from_secs(40);

#[test]
fn missing_credentials_are_an_error_and_not_a_timeout() {
    let silent = Server::start(&[Reply::ReadTimeout]);
    let nobody = nobody();
    let host = nobody.trim_start_matches("http://");
    let aws = |endpoint: &str| vec![("AWS_METADATA_ENDPOINT", endpoint.to_owned())];
    for (target, environment, said) in [
        ("s3://reports", aws(&nobody), ["IRSA (AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE)", "Connection refused"]),
        (
            "s3://reports",
            aws(&silent.url),
            ["EKS Pod Identity (AWS_CONTAINER_CREDENTIALS_FULL_URI", "did not respond within 5 s"],
        ),
        (
            "gs://reports",
            vec![("GCE_METADATA_HOST", host.to_owned()), ("GCE_METADATA_IP", host.to_owned())],
            ["Workload Identity Federation for GKE", "Connection refused"],
        ),
        (
            "az://reports",
            vec![("AZURE_STORAGE_ACCOUNT_NAME", "account".to_owned()), ("IDENTITY_ENDPOINT", nobody.clone())],
            [
                "Workload Identity (AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_FEDERATED_TOKEN_FILE)",
                "Connection refused",
            ],
        ),
        ("az://reports", vec![], ["az://reports cannot be used", "set AZURE_STORAGE_ACCOUNT_NAME"]),
    ] {
        let began = Instant::now();
        let delivered = run(command(&[target], &[]).envs(environment));
        assert!(began.elapsed() < LONGEST_REFUSAL, "{target}: {:?}", began.elapsed());
        assert_eq!(delivered.code, 4);
        assert!(delivered.stdout.contains("374.83 USD per month"), "{}", delivered.stdout);
        for said in said {
            assert!(delivered.stderr.contains(said), "{target}: {}", delivered.stderr);
        }
    }
}

const S3: [Reply; 2] =
    [Reply::Http(404, "", "<Error><Code>NoSuchKey</Code></Error>"), Reply::Http(200, "ETag: \"1\"\r\n", "")];

/// An S3 server without objects that accepts everything.
fn bucket() -> Server {
    Server::answering(None, |_, request| S3[usize::from(request.head.starts_with("PUT"))].clone())
}

fn signed_by(bucket: &Server, key: &str, token: &str) {
    let requests = bucket.requests();
    assert!(requests.len() >= 3, "{requests:?}");
    for request in requests {
        assert!(request.head.contains(&format!("credential={key}/")), "{}", request.head);
        assert!(request.head.contains(&format!("x-amz-security-token: {token}\n")), "{}", request.head);
    }
}

#[test]
fn credentials_of_eks_pod_identity_are_used() {
    let agent = Server::start(&[Reply::Http(
        200,
        "Content-Type: application/json\r\n",
        r#"{"AccessKeyId":"akidpod","SecretAccessKey":"S3CRET","Token":"podtoken","Expiration":"2099-01-01T00:00:00Z"}"#,
    )]);
    let (bucket, folder) = (bucket(), tempfile::tempdir().unwrap());
    let token = folder.path().join("token");
    std::fs::write(&token, "a-jwt").unwrap();
    let mut command = command(&["s3://reports"], &[]);
    command.env("AWS_ENDPOINT_URL", &bucket.url).env("AWS_ALLOW_HTTP", "true").env("AWS_REGION", "eu-central-1");
    command.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{}/v1/credentials", agent.url));
    let delivered = run(command.env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", &token));
    assert_eq!(delivered.code, 0, "{}", delivered.stderr);
    assert!(agent.requests()[0].head.contains("authorization: a-jwt"), "{}", agent.requests()[0].head);
    signed_by(&bucket, "akidpod", "podtoken");
}

#[test]
fn credentials_of_irsa_are_used() {
    let tls = Tls::new();
    let assumed = "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>\
        <AccessKeyId>akidrole</AccessKeyId><SecretAccessKey>S3CRET</SecretAccessKey><SessionToken>roletoken</SessionToken>\
        <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>\
        </AssumeRoleWithWebIdentityResponse>";
    let refusal = "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>";
    let (bucket, folder) = (bucket(), tempfile::tempdir().unwrap());
    let token = folder.path().join("token");
    std::fs::write(&token, "a-jwt").unwrap();
    let deliver = |sts: &Server| {
        let mut command = command(&["s3://reports"], &[]);
        command.env("AWS_ENDPOINT_URL", &bucket.url).env("AWS_ALLOW_HTTP", "true").env("AWS_REGION", "eu-central-1");
        command.env("AWS_ENDPOINT_URL_STS", &sts.url).env("SSL_CERT_FILE", tls.authority());
        command.env("AWS_ROLE_ARN", "arn:aws:iam::1:role/r").env("AWS_WEB_IDENTITY_TOKEN_FILE", &token);
        run(&mut command)
    };
    let refused = deliver(&Server::with_tls(&tls, &[Reply::Http(403, "", refusal)]));
    assert_eq!(refused.code, 4);
    assert!(
        refused.stderr.contains("no credentials found for s3://reports") && refused.stderr.contains("AccessDenied"),
        "{}",
        refused.stderr
    );
    assert!(!refused.stderr.contains("a-jwt"), "{}", refused.stderr);
    assert!(bucket.requests().is_empty());
    let sts = Server::with_tls(&tls, &[Reply::Http(200, "", assumed)]);
    let delivered = deliver(&sts);
    assert_eq!(delivered.code, 0, "{}", delivered.stderr);
    assert!(sts.requests()[0].head.contains("WebIdentityToken=a-jwt"), "{}", sts.requests()[0].head);
    signed_by(&bucket, "akidrole", "roletoken");
}
