//! Getting, renewing and presenting tokens.

use std::collections::BTreeMap;
use std::time::Duration;

use keyfob_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::documents::{
    TOKEN_COMPONENTS, TOKEN_PATHS, TOKEN_WORKFLOWS, arazzo, openapi, serve, serve_tokens,
};
use crate::drive::{Reply, client, send};

async fn ask(sandbox: &Sandbox, form: &str) -> Reply {
    let request = client().post(format!("{}/token", sandbox.base_url("orchard")));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    send(request.body(form.to_owned())).await
}

async fn trees(sandbox: &Sandbox, authorization: Option<&str>) -> Reply {
    let mut request = client().get(format!("{}/trees", sandbox.base_url("orchard")));
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    send(request).await
}

fn member<'a>(body: &'a Value, name: &str) -> &'a str {
    body[name].as_str().unwrap()
}

const RIGHT: &str =
    "grant_type=client_credentials&client_id=orchard-client&client_secret=orchard-secret";

#[tokio::test]
async fn an_answer_that_is_documented_as_a_form_is_one() {
    let json = "        content:\n          application/json:\n            schema:\n              type: object\n              required: [access_token]";
    assert!(TOKEN_PATHS.contains(json));
    let form = json.replace("application/json", "application/x-www-form-urlencoded");
    let openapi = openapi(&TOKEN_PATHS.replace(json, &form), TOKEN_COMPONENTS);
    let (sandbox, _) = serve(&openapi, &arazzo(TOKEN_WORKFLOWS)).await;
    let reply = ask(&sandbox, RIGHT).await;
    let pairs = url::form_urlencoded::parse(reply.text.as_bytes()).into_owned();
    let members: BTreeMap<String, String> = pairs.collect();
    assert_eq!(members["expires_in"], "3600");
    let bearer = format!("Bearer {}", members["access_token"]);
    assert_eq!(trees(&sandbox, Some(&bearer)).await.status, 200);
}

#[tokio::test]
async fn the_right_values_are_the_examples_and_anything_else_is_refused_by_its_example() {
    let (sandbox, _) = serve_tokens().await;
    let cases = [
        (RIGHT, 200, None),
        (
            "client_secret=orchard-secret&client_id=orchard-client&grant_type=client_credentials",
            200,
            None,
        ),
        (&format!("{RIGHT}&scope=pick"), 200, None),
        (&format!("{RIGHT}&scope=plant"), 200, None),
        (&format!("{RIGHT}&scope=uproot"), 400, Some("invalid")),
        (
            "grant_type=client_credentials&client_id=orchard-public",
            200,
            None,
        ),
        // Another workflow has a secret, so that a wrong one is not overlooked.
        (
            "grant_type=client_credentials&client_id=orchard-public&client_secret=x",
            400,
            Some("invalid"),
        ),
        (
            "grant_type=client_credentials&client_id=orchard-client&client_secret=wrong",
            400,
            Some("invalid"),
        ),
        (
            "grant_type=client_credentials&client_id=orchard-client&client_secret=ORCHARD-SECRET",
            400,
            Some("invalid"),
        ),
        (
            "grant_type=client_credentials&client_secret=orchard-secret",
            400,
            Some("missing"),
        ),
        (
            "grant_type=password&client_id=orchard-client&client_secret=orchard-secret",
            400,
            Some("invalid"),
        ),
        (
            "grant_type=refresh_token&client_id=orchard-client&client_secret=orchard-secret",
            400,
            Some("missing"),
        ),
        (
            "grant_type=refresh_token&client_id=orchard-client&client_secret=orchard-secret&refresh_token=x",
            400,
            Some("invalid"),
        ),
        (
            "grant_type=refresh_token&client_id=orchard-client&client_secret=orchard-secret&refresh_token=orchard-refresh",
            200,
            None,
        ),
    ];
    for (form, status, error) in cases {
        let reply = ask(&sandbox, form).await;
        assert_eq!(reply.status, status, "{form}: {reply:?}");
        let expected = error.map(|error| json!({ "error": error }));
        assert_eq!(expected.is_some(), !reply.complaint().is_empty(), "{form}");
        if let Some(expected) = expected {
            assert_eq!(reply.json(), expected, "{form}");
        }
    }
    assert_eq!(sandbox.token_requests("orchard"), cases.len());
}

#[tokio::test]
async fn each_token_is_new_and_stands_in_the_documented_example() {
    let (sandbox, _) = serve_tokens().await;
    sandbox.set_token_lifetime("orchard", Duration::from_millis(89_500));
    let mut seen = BTreeMap::new();
    for _ in 0..20 {
        let body = ask(&sandbox, RIGHT).await.json();
        assert_eq!(body["expires_in"], "90", "text stays text: {body}");
        assert_ne!(member(&body, "access_token"), "orchard-example-token");
        seen.insert(
            member(&body, "access_token").to_owned(),
            member(&body, "refresh_token").to_owned(),
        );
    }
    assert_eq!(seen.len(), 20);
}

#[tokio::test]
async fn an_operation_takes_a_token_as_its_scheme_says_and_refuses_by_kind() {
    let (sandbox, _) = serve_tokens().await;
    let body = ask(&sandbox, RIGHT).await.json();
    let token = member(&body, "access_token");
    let cases = [
        (
            Some(format!("Bearer {token}")),
            200,
            json!({"trees": ["pear"]}),
        ),
        (None, 401, json!({"error": "no token"})),
        (
            Some(format!("bearer {token}")),
            401,
            json!({"error": "wrong token"}),
        ),
        (
            Some(format!("Bearer  {token}")),
            401,
            json!({"error": "wrong token"}),
        ),
        (Some(token.to_owned()), 401, json!({"error": "wrong token"})),
        (
            Some("Bearer sandbox-token".to_owned()),
            401,
            json!({"error": "wrong token"}),
        ),
    ];
    for (authorization, status, expected) in cases {
        let reply = trees(&sandbox, authorization.as_deref()).await;
        assert_eq!(
            (reply.status.as_u16(), reply.json()),
            (status, expected),
            "{authorization:?}"
        );
    }
    let bearer = format!("Bearer {token}");
    sandbox.expire_tokens("orchard");
    assert_eq!(
        trees(&sandbox, Some(&bearer)).await.json(),
        json!({"error": "old token"})
    );
    sandbox.refuse_tokens("orchard");
    assert_eq!(
        trees(&sandbox, Some(&bearer)).await.json(),
        json!({"error": "wrong token"})
    );
}

#[tokio::test]
async fn a_token_dies_when_its_lifetime_is_over() {
    let (sandbox, _) = serve_tokens().await;
    sandbox.set_token_lifetime("orchard", Duration::from_secs(60));
    let body = ask(&sandbox, RIGHT).await.json();
    let bearer = format!("Bearer {}", member(&body, "access_token"));
    assert_eq!(trees(&sandbox, Some(&bearer)).await.status, 200);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(61)).await;
    tokio::time::resume();
    assert_eq!(
        trees(&sandbox, Some(&bearer)).await.json(),
        json!({"error": "old token"})
    );
}

fn refresh(token: &str) -> String {
    format!(
        "grant_type=refresh_token&client_id=orchard-client&client_secret=orchard-secret&refresh_token={token}"
    )
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_its_reuse_revokes_what_came_of_it() {
    let (sandbox, _) = serve_tokens().await;
    let first = ask(&sandbox, RIGHT).await.json();
    let stranger = ask(&sandbox, RIGHT).await.json();
    let old = member(&first, "refresh_token");
    let second = ask(&sandbox, &refresh(old)).await.json();
    let bearer = format!("Bearer {}", member(&second, "access_token"));
    assert_eq!(trees(&sandbox, Some(&bearer)).await.status, 200);

    let reuse = ask(&sandbox, &refresh(old)).await;
    assert_eq!(
        (reuse.status.as_u16(), reuse.json()),
        (400, json!({"error": "expired"}))
    );
    assert_eq!(
        trees(&sandbox, Some(&bearer)).await.json(),
        json!({"error": "wrong token"})
    );
    let successor = ask(&sandbox, &refresh(member(&second, "refresh_token"))).await;
    assert_eq!(successor.json(), json!({"error": "invalid"}));

    let untouched = ask(&sandbox, &refresh(member(&stranger, "refresh_token"))).await;
    assert_eq!(untouched.status, 200, "another family is not concerned");
}

#[tokio::test]
async fn of_many_who_use_one_refresh_token_at_once_one_is_served() {
    let (sandbox, _) = serve_tokens().await;
    let form = refresh("orchard-refresh");
    let replies = futures_util::future::join_all((0..20).map(|_| ask(&sandbox, &form))).await;
    let served = replies.iter().filter(|reply| reply.status == 200).count();
    assert_eq!(served, 1);
}

#[tokio::test]
async fn refresh_tokens_outlive_tokens_until_they_are_refused_too() {
    let (sandbox, _) = serve_tokens().await;
    let body = ask(&sandbox, RIGHT).await.json();
    sandbox.expire_tokens("orchard");
    sandbox.refuse_tokens("orchard");
    let renewed = ask(&sandbox, &refresh(member(&body, "refresh_token"))).await;
    assert_eq!(renewed.status, 200);
    sandbox.refuse_refresh_tokens("orchard");
    let again = ask(&sandbox, &refresh(member(&renewed.json(), "refresh_token"))).await;
    assert_eq!(again.json(), json!({"error": "invalid"}));
}

#[tokio::test]
async fn the_inputs_of_the_control_page_work_and_those_of_the_library_too() {
    let (sandbox, spec) = serve_tokens().await;
    for workflow in &spec.workflows {
        let url = format!(
            "{}/_sandbox/inputs/{}",
            sandbox.base_url("orchard"),
            workflow.id
        );
        let page = send(client().get(url)).await.json();
        let page = page.as_object().unwrap().iter();
        let page = page.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()));
        for inputs in [page.collect(), sandbox.credential("orchard", &workflow.id)] {
            let outputs = crate::drive::run(&sandbox, &spec, workflow, &inputs).await;
            assert!(outputs.is_ok(), "{}: {outputs:?}", workflow.id);
        }
    }
}
