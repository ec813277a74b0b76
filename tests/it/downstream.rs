//! An application outside of the workspace: the README's program with a client as a dependency,
//! and what it is told when the API changes.

use std::path::Path;
use std::process::Command;

use keyfob_sandbox::Sandbox;

use crate::checkout;
use crate::failure;
use crate::outside::{Outside, fail, succeed, xtask};

const MANIFEST: &str = r#"
[package]
name = "keyfob-downstream"
version = "0.0.0"
edition = "2024"

[dependencies]
keyfob-digitaleo = { path = "clients/digitaleo" }
tokio = { version = "1", features = ["macros", "rt-multi-thread"] }
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_application_runs_the_readmes_program_and_follows_its_api() {
    let application = Outside::package(MANIFEST);
    let specs = application.path("specs");
    checkout::copy(
        &checkout::root().join("specs/digitaleo"),
        &specs.join("digitaleo"),
    );
    generate(&application);
    let program = at_the_sandbox(&checkout::rust_of_the_readme());
    application.write("src/main.rs", &program);
    let sandbox = Sandbox::open(&specs).await.unwrap();
    assert_eq!(succeed(&mut run(&application, &sandbox)), "1 campaigns\n");

    change(&specs.join("digitaleo/openapi.yaml"));
    generate(&application);
    let told = fail(&mut application.cargo(&["build"]));
    failure::says(&told, &["src/main.rs", "list_campaigns", "no method named"]);

    application.write("src/main.rs", &adapted(&program));
    let sandbox = Sandbox::open(&specs).await.unwrap();
    let printed = succeed(&mut run(&application, &sandbox));
    assert_eq!(printed, "1 campaigns\narchived: Some(false)\nsent: 41\n");
}

/// `cargo xtask generate`, as somebody runs it who has specs of their own.
fn generate(application: &Outside) {
    let [specs, out] =
        ["specs", "clients"].map(|folder| application.path(folder).display().to_string());
    succeed(&mut xtask(&[
        "generate",
        "--specs",
        &specs,
        "--out",
        &out,
        "--path-deps",
    ]));
}

fn run(application: &Outside, sandbox: &Sandbox) -> Command {
    let mut run = application.cargo(&["run", "--quiet"]);
    let given = sandbox.credential("digitaleo", "client_credentials");
    run.env("DIGITALEO_CLIENT_ID", &given["client_id"])
        .env("DIGITALEO_CLIENT_SECRET", &given["client_secret"])
        .env("SANDBOX", sandbox.base_url("digitaleo"));
    run
}

/// The README's program with a `main`, and with the sandbox in place of the API.
fn at_the_sandbox(snippet: &str) -> String {
    let build = "        .build()?;\n";
    assert_eq!(snippet.matches(build).count(), 1, "{snippet}");
    let base_url = "        .base_url(std::env::var(\"SANDBOX\")?)\n";
    snippet.replace(build, &format!("{base_url}{build}"))
        + "\n#[tokio::main]\nasync fn main() -> Result<(), Box<dyn std::error::Error>> {\n    example().await\n}\n"
}

/// The API gains an operation and a field, and renames another operation.
fn change(openapi: &Path) {
    checkout::replace(
        openapi,
        "operationId: list_campaigns\n",
        "operationId: list_all_campaigns\n",
    );
    checkout::replace(
        openapi,
        "          example: STANDARD\n\n    # Source: dg-presta\n    CampaignContactsRequest:",
        "          example: STANDARD\n        archived:\n          description: Whether it was put away.\n          \
         type: boolean\n          example: false\n\n    CampaignContactsRequest:",
    );
    checkout::replace(
        openapi,
        "                    type: STANDARD\n        \"401\"",
        "                    type: STANDARD\n                    archived: false\n        \"401\"",
    );
    checkout::replace(openapi, "\n  /rest/campaigns:\n", NEW_OPERATION);
}

const NEW_OPERATION: &str = r##"
  /rest/campaigns/{id}/summary:
    get:
      operationId: summarise_campaign
      summary: Tell what became of a campaign.
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}, example: "1024"}
      responses:
        "200":
          description: The summary.
          content:
            application/json:
              schema: {type: object, required: [sent], properties: {sent: {type: integer}}}
              example: {sent: 41}
        "401":
          $ref: "#/components/responses/TokenRefused"

  /rest/campaigns:
"##;

/// The program after its author has read the compiler's complaint and the new documentation.
fn adapted(program: &str) -> String {
    let print = "    println!(\"{} campaigns\", campaigns.list.len());\n";
    assert_eq!(program.matches(print).count(), 1, "{program}");
    let more = "    println!(\"archived: {:?}\", campaigns.list[0].archived);\n    \
                let summary = digitaleo.summarise_campaign().id(\"1024\").send().await?;\n    \
                println!(\"sent: {}\", summary.sent);\n";
    program
        .replace("list_campaigns()", "list_all_campaigns()")
        .replace(print, &format!("{print}{more}"))
}
