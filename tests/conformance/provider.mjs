// The certified OpenID provider `oidc-provider` on loopback, with the clients that the conformance
// program registers, one protected resource, and a person who always logs in and says yes.
//
// It prints its address on one line when it listens, and then one line for each token request: the
// grant, and how the client authenticated. It ends when its standard input does.

import http from 'node:http';
import Provider from 'oidc-provider';

const secret = process.env.CLIENT_SECRET;
const seconds = Number(process.env.TOKEN_LIFETIME);
const client = {
  client_secret: secret,
  grant_types: ['client_credentials', 'authorization_code', 'refresh_token'],
  redirect_uris: ['http://127.0.0.1/callback'],
  application_type: 'native',
  response_types: ['code'],
};

const server = http.createServer().listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      { ...client, client_id: 'keyfob-basic', token_endpoint_auth_method: 'client_secret_basic' },
      { ...client, client_id: 'keyfob-post', token_endpoint_auth_method: 'client_secret_post' },
    ],
    features: {
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      devInteractions: { enabled: false },
    },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
    pkce: { required: () => true },
    ttl: { AccessToken: seconds, ClientCredentials: seconds, RefreshToken: 3600, AuthorizationCode: 60, Grant: 3600, Interaction: 60, Session: 3600 },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    scopes: ['openid', 'offline_access'],
    cookies: { keys: ['loopback only'] },
  });
  provider.use(async (context, next) => {
    if (context.path.startsWith('/interaction/')) {
      await sayYes(provider, context);
    } else if (context.path === '/protected') {
      await protect(provider, context);
    } else {
      await next();
      tell(context);
    }
  });
  server.on('request', provider.callback());
  console.log(issuer);
});

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));

/** The person logs in and consents to everything. */
async function sayYes(provider, context) {
  const { prompt, params, session } = await provider.interactionDetails(context.req, context.res);
  let result;
  if (prompt.name === 'login') {
    result = { login: { accountId: 'somebody' } };
  } else {
    const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    result = { consent: { grantId: await grant.save() } };
  }
  await provider.interactionFinished(context.req, context.res, result, { mergeWithLastSubmission: true });
  context.respond = false;
}

/** The resource: it takes any token of the provider that is still good. */
async function protect(provider, context) {
  const token = (context.get('authorization') || '').replace(/^Bearer /, '');
  const found = (await provider.AccessToken.find(token)) || (await provider.ClientCredentials.find(token));
  if (found && found.isValid) {
    context.body = { client: found.clientId, person: found.accountId };
  } else {
    context.status = 401;
    context.set('www-authenticate', 'Bearer error="invalid_token"');
    context.body = { error: 'invalid_token', error_description: 'the token is not good' };
  }
}

/** One line for each token request. */
function tell(context) {
  if (context.path === '/token') {
    const body = context.oidc?.body ?? {};
    const method = context.get('authorization').startsWith('Basic ') ? 'basic' : 'post';
    const both = method === 'basic' && body.client_secret !== undefined;
    console.log(`token ${body.grant_type} ${both ? 'both' : method} ${context.status}`);
  }
}
