//! Requests against the document: what is served and what is not.

use keyfob_sandbox::Sandbox;
use reqwest::Method;
use serde_json::json;

use crate::documents::{openapi, serve};
use crate::drive::{Reply, client, send};

const PATHS: &str = "
/trees/{id}:
  get:
    operationId: get_tree
    parameters:
      - {name: id, in: path, required: true, schema: {type: integer}}
    responses: {'200': {description: Ok., content: {text/plain: {schema: {type: string}, example: by id}}}}
/trees/oldest:
  get:
    operationId: get_oldest_tree
    responses: {'200': {description: Ok., content: {text/plain: {schema: {type: string}, example: the oldest}}}}
/trees/{name}.{format}:
  get:
    operationId: get_picture
    parameters:
      - {name: name, in: path, required: true, schema: {type: string}}
      - {name: format, in: path, required: true, schema: {type: string, enum: [png]}}
    responses: {'200': {description: Ok., content: {image/png: {schema: {type: string, format: binary}}}}}
/search:
  get:
    operationId: search
    parameters:
      - {name: q, in: query, required: true, schema: {type: string, minLength: 2}}
      - {name: limit, in: query, schema: {type: integer, maximum: 10}}
      - {name: kinds, in: query, schema: {type: array, items: {type: string, enum: [pear, plum]}}}
      - {name: ids, in: query, explode: false, schema: {type: array, items: {type: integer}}}
      - {name: tags, in: query, style: pipeDelimited, explode: false, schema: {type: array, maxItems: 2, items: {type: string}}}
      - {name: where, in: query, style: deepObject, schema: {type: object, required: [row], properties: {row: {type: integer}, wild: {type: boolean}}}}
      - {name: X-Count, in: header, schema: {type: integer}}
      - {name: season, in: cookie, schema: {type: string, enum: [spring]}}
    responses:
      '200': {description: Ok., content: {application/json: {schema: {type: object}, example: {found: 1}}}}
      '400': {description: No., content: {application/json: {schema: {type: object}, examples: {invalid: {value: {error: never}}, bad: {value: {error: bad}}}}}}
/trees:
  post:
    operationId: plant
    requestBody:
      required: true
      content:
        application/json: {schema: {$ref: '#/components/schemas/Tree'}}
        application/x-www-form-urlencoded: {schema: {$ref: '#/components/schemas/Tree'}}
        multipart/form-data: {schema: {$ref: '#/components/schemas/Tree'}}
        image/*: {schema: {type: string, format: binary}}
    responses:
      '201':
        description: Planted.
        headers: {X-Row: {schema: {type: integer}, example: 7}}
        content: {application/json: {schema: {$ref: '#/components/schemas/Tree'}}}
      '4XX': {description: No., content: {application/json: {schema: {type: object}, example: {error: refused}}}}
      '415': {description: No., content: {application/json: {schema: {type: object}, example: {error: what is this}}}}
/rows:
  delete:
    operationId: clear_rows
    responses: {'204': {description: Gone.}}
/report:
  get:
    operationId: get_report
    responses:
      '200':
        description: Ok.
        content:
          application/json: {schema: {type: object}, example: {rows: 3}}
          text/csv: {schema: {type: string}, example: 'rows,3'}
";

const COMPONENTS: &str = "
schemas:
  Tree:
    type: object
    required: [kind, id]
    additionalProperties: false
    properties:
      id: {type: integer, readOnly: true}
      kind: {type: string, enum: [pear, plum]}
      note: {type: string, nullable: true}
      height: {type: number, minimum: 0, exclusiveMinimum: true}
      branches: {type: array, items: {$ref: '#/components/schemas/Branch'}}
  Branch:
    type: object
    required: [length]
    properties:
      length: {type: integer}
      alive: {type: boolean}
      next: {$ref: '#/components/schemas/Branch'}
";

async fn orchard() -> Sandbox {
    serve(&openapi(PATHS, COMPONENTS), "").await.0
}

async fn get(sandbox: &Sandbox, path: &str) -> Reply {
    send(client().get(format!("{}{path}", sandbox.base_url("orchard")))).await
}

async fn plant(sandbox: &Sandbox, media_type: &str, body: &str) -> Reply {
    let request = client().post(format!("{}/trees", sandbox.base_url("orchard")));
    send(
        request
            .header("content-type", media_type)
            .body(body.to_owned()),
    )
    .await
}

#[tokio::test]
async fn a_concrete_path_beats_a_template() {
    let sandbox = orchard().await;
    assert_eq!(get(&sandbox, "/trees/17").await.text, "by id");
    assert_eq!(get(&sandbox, "/trees/oldest").await.text, "the oldest");
    let picture = get(&sandbox, "/trees/old.pear.png").await;
    assert_eq!(picture.headers["content-type"], "image/png");
    assert_eq!(get(&sandbox, "/trees/%6Fldest").await.text, "the oldest");
}

#[tokio::test]
async fn what_is_not_there_is_answered_with_what_comes_nearest() {
    let sandbox = orchard().await;
    let cases = [
        (Method::GET, "/serch", 404, "search: GET /search"),
        (Method::GET, "/", 404, "search: GET /search"),
        (Method::GET, "", 404, "search: GET /search"),
        (Method::GET, "/trees/1/", 404, "get_tree: GET /trees/{id}"),
        (Method::PUT, "/rows", 405, "clear_rows: DELETE /rows"),
        (Method::GET, "/trees/", 404, "get_tree"),
        (
            Method::GET,
            "/_sandbox/inputs/nothing",
            404,
            "no such workflow",
        ),
    ];
    for (method, path, status, words) in cases {
        let url = format!("{}{path}", sandbox.base_url("orchard"));
        let reply = send(client().request(method.clone(), url)).await;
        assert_eq!(reply.status, status, "{method} {path}");
        assert!(
            reply.text.contains(words),
            "{method} {path}: {}",
            reply.text
        );
    }
    let other = send(client().get(sandbox.base_url("vineyard"))).await;
    assert_eq!(other.status, 404);
    assert!(
        other.text.contains(&sandbox.base_url("orchard")),
        "{}",
        other.text
    );
    let allow = send(client().put(format!("{}/rows", sandbox.base_url("orchard")))).await;
    assert_eq!(allow.headers["allow"], "DELETE");
}

#[tokio::test]
async fn parameters_are_read_in_their_style_and_held_to_their_schema() {
    let sandbox = orchard().await;
    let cases = [
        ("q=pear", true),
        ("", false),
        ("q=p", false),
        ("q=pear&limit=10", true),
        ("q=pear&limit=11", false),
        ("q=pear&limit=ten", false),
        ("q=pear&kinds=pear&kinds=plum", true),
        ("q=pear&kinds=pear,plum", false),
        ("q=pear&ids=1,2", true),
        ("q=pear&ids=1%2C2", true),
        ("q=pear&ids=1,two", false),
        ("q=pear&tags=a%7Cb", true),
        ("q=pear&tags=a%7Cb%7Cc", false),
        ("q=pear&where%5Brow%5D=3&where[wild]=true", true),
        ("q=pear&where[wild]=true", false),
        ("q=pear&where[row]=three", false),
        ("q=pear&undocumented=1", true),
    ];
    for (query, is_right) in cases {
        let reply = get(&sandbox, &format!("/search?{query}")).await;
        let expected = if is_right {
            (200, json!({"found": 1}))
        } else {
            (400, json!({"error": "bad"}))
        };
        assert_eq!(
            (reply.status.as_u16(), reply.json()),
            expected,
            "{query}: {}",
            reply.complaint()
        );
    }
    let url = format!("{}/search?q=pear", sandbox.base_url("orchard"));
    assert_eq!(
        send(client().get(&url).header("x-count", "two"))
            .await
            .status,
        400
    );
    assert_eq!(
        send(client().get(&url).header("cookie", "a=b; season=autumn"))
            .await
            .status,
        400
    );
    assert_eq!(
        send(client().get(&url).header("cookie", "a=b; season=spring"))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn bodies_are_held_to_their_schema_in_every_media_type() {
    let sandbox = orchard().await;
    let json = "application/json";
    let form = "application/x-www-form-urlencoded";
    let cases = [
        (json, r#"{"kind": "pear"}"#, 201),
        (
            "Application/JSON; charset=utf-8",
            r#"{"kind": "pear"}"#,
            201,
        ),
        (json, r#"{"kind": "pear", "note": null}"#, 201),
        (json, r#"{"kind": "apple"}"#, 400),
        (json, r#"{"kind": null}"#, 400),
        (json, r#"{}"#, 400),
        (json, r#"{"kind": "pear", "colour": "green"}"#, 400),
        (json, r#"{"kind": "pear", "height": 0}"#, 400),
        (
            json,
            r#"{"kind": "pear", "branches": [{"length": 1, "next": {"length": 2}}]}"#,
            201,
        ),
        (
            json,
            r#"{"kind": "pear", "branches": [{"length": 1, "next": {"length": "2"}}]}"#,
            400,
        ),
        (json, r#"{"kind": "pear""#, 400),
        (json, "kind=pear", 400),
        (json, "", 400),
        (form, "kind=pear&height=2.5&note=", 201),
        (form, "kind=pear&height=tall", 400),
        (
            form,
            "kind=pear&branches[0][length]=1&branches[0][alive]=true&branches[1][length]=2",
            201,
        ),
        (form, "kind=pear&branches[0][length]=long", 400),
        (form, "kind=pear&branches[0][alive]=true", 400),
        (form, "kind=pear&kind=plum", 400),
        (form, "", 400),
        ("image/png", "any bytes", 201),
        ("text/plain", "kind=pear", 415),
        ("", "kind=pear", 415),
    ];
    for (media_type, body, status) in cases {
        let reply = plant(&sandbox, media_type, body).await;
        assert_eq!(
            reply.status,
            status,
            "{media_type} {body}: {}",
            reply.complaint()
        );
        let error = match status {
            400 => json!({"error": "refused"}),
            415 => json!({"error": "what is this"}),
            _ => continue,
        };
        assert_eq!(reply.json(), error, "{media_type} {body}");
    }
}

#[tokio::test]
async fn multipart_bodies_are_read_by_the_names_of_their_parts() {
    let sandbox = orchard().await;
    let text = |value: &'static str| reqwest::multipart::Part::text(value);
    let branches = || {
        text(r#"[{"length": 1}]"#)
            .mime_str("application/json")
            .unwrap()
    };
    let form = reqwest::multipart::Form::new;
    let cases = [
        (
            form()
                .part("kind", text("pear"))
                .part("branches", branches()),
            201,
        ),
        (form().part("kind", text("apple")), 400),
        (form().part("note", text("no kind")), 400),
    ];
    for (form, status) in cases {
        let request = client().post(format!("{}/trees", sandbox.base_url("orchard")));
        let reply = send(request.multipart(form)).await;
        assert_eq!(reply.status, status, "{}", reply.complaint());
    }
    let broken = [
        ("multipart/form-data", "--x--"),
        ("multipart/form-data; boundary=x", "no parts"),
        (
            "multipart/form-data; boundary=x",
            "--x\r\ncontent-disposition: form-data; name=kind\r\n\r\npe",
        ),
    ];
    for (media_type, body) in broken {
        assert_eq!(
            plant(&sandbox, media_type, body).await.status,
            400,
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_body_that_nobody_asked_for_is_refused() {
    let sandbox = orchard().await;
    let url = format!("{}/rows", sandbox.base_url("orchard"));
    assert_eq!(send(client().delete(&url).body("{}")).await.status, 400);
    let reply = send(client().delete(&url)).await;
    assert_eq!((reply.status.as_u16(), reply.text.as_str()), (204, ""));
}

#[tokio::test]
async fn a_success_without_an_example_is_made_from_its_schema() {
    let sandbox = orchard().await;
    let reply = plant(&sandbox, "application/json", r#"{"kind": "pear"}"#).await;
    let tree = reply.json();
    assert_eq!((&tree["kind"], &tree["id"]), (&json!("pear"), &json!(1)));
    assert_eq!(tree["branches"][0]["length"], 1);
    assert_eq!(reply.headers["x-row"], "7");
}

#[tokio::test]
async fn the_media_type_is_one_that_the_request_accepts() {
    let sandbox = orchard().await;
    let cases = [
        (None, "application/json"),
        (Some("*/*"), "application/json"),
        (Some("text/csv"), "text/csv"),
        (Some("text/*, application/json;q=0"), "text/csv"),
        (Some("application/json, text/csv"), "application/json"),
    ];
    for (accept, expected) in cases {
        let mut request = client().get(format!("{}/report", sandbox.base_url("orchard")));
        if let Some(accept) = accept {
            request = request.header("accept", accept);
        }
        assert_eq!(
            send(request).await.headers["content-type"],
            expected,
            "{accept:?}"
        );
    }
}

#[tokio::test]
async fn complaints_show_no_value_of_the_request() {
    let sandbox = orchard().await;
    let canary = "canary-5e1f";
    plant(
        &sandbox,
        "application/json",
        &format!(r#"{{"kind": "{canary}"}}"#),
    )
    .await;
    let unknown = format!(r#"{{"kind": "pear", "{canary}": 1}}"#);
    plant(&sandbox, "application/json", &unknown).await;
    plant(&sandbox, "application/x-www-form-urlencoded", canary).await;
    plant(&sandbox, "application/json", canary).await;
    get(&sandbox, &format!("/search?q=pear&limit={canary}")).await;
    get(&sandbox, &format!("/{canary}?x={canary}")).await;
    let requests = sandbox.requests("orchard");
    let log = sandbox.log("orchard").join("\n");
    assert_eq!(log.lines().count(), 6, "{log}");
    assert!(
        !format!("{log}{requests:?}{sandbox:?}").contains(canary),
        "{log}{requests:?}"
    );
    assert_eq!(
        requests[0].json().unwrap()["kind"],
        canary,
        "the test itself can look"
    );
    assert_eq!(requests[4].query()[1].1, canary);
}
