import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { allResources, onlyResource, resourcesOf, statementsOf, templateOf } from './synthesis.ts';

const policyProperties = z.object({ Statement: z.unknown() });

function busPolicies(consumers: Readonly<Record<string, unknown>>) {
  return Object.values(resourcesOf(templateOf({ consumers }), 'AWS::Events::EventBusPolicy')).flatMap(
    ({ Properties }) => statementsOf({ Statement: [policyProperties.parse(Properties).Statement] }),
  );
}

describe('the bus', () => {
  it('keeps every event of the bridge for replays, as long as configured', () => {
    const archive = onlyResource(templateOf({ retention: { archiveDays: 14 } }), 'AWS::Events::Archive');
    expect(archive.Properties).toMatchObject({
      EventPattern: { source: ['conversation-bridge'] },
      RetentionDays: 14,
    });
  });

  it('is closed to other accounts unless some are named', () => {
    expect(busPolicies({})).toEqual([]);
  });

  it('lets a named account keep rules, of its own only, and put no events', () => {
    const [statement, ...others] = busPolicies({ accounts: ['111122223333'] });
    expect(others).toEqual([]);
    expect(statement?.Principal).toEqual({ AWS: 'arn:aws:iam::111122223333:root' });
    expect(statement?.Action).toEqual(expect.arrayContaining(['events:PutRule', 'events:PutTargets']));
    expect(statement?.Action).not.toContain('events:PutEvents');
    expect(statement?.Action.filter((action) => action.includes('*'))).toEqual([]);
    expect(JSON.stringify(statement?.Resource)).toContain(':rule/');
    expect(statement?.Condition).toEqual({
      StringEqualsIfExists: { 'events:creatorAccount': `\${aws:PrincipalAccount}` },
    });
  });

  it('lets an organisation do the same, and nobody outside of it', () => {
    const [statement] = busPolicies({ organisation: 'o-a1b2c3d4e5' });
    expect(statement?.Principal).toEqual({ AWS: '*' });
    expect(statement?.Action).not.toContain('events:PutEvents');
    expect(statement?.Condition).toEqual({
      StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' },
      StringEqualsIfExists: { 'events:creatorAccount': `\${aws:PrincipalAccount}` },
    });
  });
});

describe('the debugging rule', () => {
  it.each([
    [false, 'DISABLED'],
    [true, 'ENABLED'],
  ])('with debugRule %s is %s, and takes every event', (debugRule, state) => {
    const rule = onlyResource(templateOf({ debugRule }), 'AWS::Events::Rule');
    expect(rule.Properties).toMatchObject({ State: state, EventPattern: { source: [{ prefix: '' }] } });
  });

  it('may write to its own log group, and is the only rule that may', () => {
    const template = templateOf();
    const [rule] = Object.keys(resourcesOf(template, 'AWS::Events::Rule'));
    const policy = JSON.stringify(onlyResource(template, 'AWS::Logs::ResourcePolicy').Properties);
    expect(policy).toContain(`{"Fn::GetAtt":["${rule}","Arn"]}`);
    expect(policy).toContain('aws:SourceArn');
    const target = JSON.stringify(allResources(template)[rule ?? '']?.Properties['Targets']);
    const [logGroup] = /EventBusDebugLog[0-9A-F]{8}/.exec(target) ?? [];
    expect(policy).toContain(logGroup);
  });
});
