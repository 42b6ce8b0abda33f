import { ConfigError, readConfig } from '../../listener/config.ts';
import { DIALECTS } from '../../listener/contract/vocabulary.ts';
import type { Evidence } from '../../listener/diagnosis/evidence.ts';
import { CredentialsError } from '../../listener/genesys/credentials.ts';
import { subscribeMessage } from '../../listener/genesys/org-socket/requests.ts';
import { lintSubscription } from '../lint/lint.ts';
import type { Step } from '../step.ts';

const CREDENTIALS =
  /^(GENESYSCLOUD_OAUTHCLIENT_ID|GENESYSCLOUD_OAUTHCLIENT_SECRET|GENESYS_SECRET_ID): (missing|no cred)/;

/** Reads the environment as the listener does. */
export const configurationStep: Step = {
  id: 'configuration',
  title: 'Configuration',
  dialects: DIALECTS,
  needs: [],
  run: async (examination) => {
    try {
      const config = readConfig(examination.options.env);
      examination.find({ config });
      const { dialect, hosts, topics } = config;
      return {
        status: 'ok',
        summary: `dialect ${dialect.name}, API at ${hosts.apiUrl}`,
        facts: {
          dialect: dialect.name,
          loginUrl: hosts.loginUrl,
          apiUrl: hosts.apiUrl,
          topics: topics.length,
        },
      };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const evidence = error.problems.map(
        (problem): Evidence =>
          CREDENTIALS.test(problem)
            ? { kind: 'credentials-problem', problem }
            : { kind: 'configuration-problem', problem },
      );
      return { status: 'failed', summary: error.problems.join('; '), evidence };
    }
  },
};

/** Reads id and secret, from the environment or from Secrets Manager. */
export const credentialsStep: Step = {
  id: 'credentials',
  title: 'Credentials',
  dialects: DIALECTS,
  needs: ['configuration'],
  run: async (examination) => {
    const source = examination.options.credentialsOf(examination.need('config'));
    try {
      const credentials = await source.read();
      examination.options.redactor.add(credentials.clientSecret);
      examination.find({ source, credentials });
      return {
        status: 'ok',
        summary: `OAuth client ${credentials.clientId}, from ${source.description}`,
        facts: { clientId: credentials.clientId },
      };
    } catch (error) {
      if (!(error instanceof CredentialsError)) throw error;
      const evidence: Evidence[] = [{ kind: 'credentials-problem', problem: error.message }];
      return { status: 'failed', summary: error.message, evidence };
    }
  },
};

/** Reads the bytes of the subscribe message that is going to be sent. */
export const payloadStep: Step = {
  id: 'payload',
  title: 'Subscribe message, as bytes',
  dialects: ['org-socket'],
  needs: ['configuration'],
  run: async (examination) => {
    const { dialect } = examination.need('config');
    if (dialect.name !== 'org-socket') throw new Error('this step is for the org socket');
    const { eventTypes, conversations } = dialect;
    const own = subscribeMessage({ eventTypes, entities: conversations });
    const payload = examination.options.payload ?? Buffer.from(own);
    const { findings } = lintSubscription(payload);
    const errors = findings.filter(({ severity }) => severity === 'error');
    examination.find({ payload, payloadIsSound: errors.length === 0 });
    const whose = examination.options.payload === undefined ? "the listener's own" : 'the given one';
    const evidence = errors.map(
      ({ cause, message, line, column }): Evidence => ({
        kind: 'payload-finding',
        cause,
        message,
        line,
        column,
      }),
    );
    const warnings = findings.filter(({ severity }) => severity === 'warning').map(({ message }) => message);
    return {
      status: errors.length > 0 ? 'failed' : warnings.length > 0 ? 'warning' : 'ok',
      summary: `${whose}, ${payload.length} bytes, ${errors.length === 0 ? 'nothing wrong' : `${errors.length} faults`}${warnings.length > 0 ? `; ${warnings.join('; ')}` : ''}`,
      evidence,
      facts: { bytes: payload.length, faults: errors.map(({ message }) => message), warnings },
    };
  },
};
