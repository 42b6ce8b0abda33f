import {
  GraphWidget,
  type GraphWidgetProps,
  type IMetric,
  TextWidget,
  TextWidgetBackground,
} from 'aws-cdk-lib/aws-cloudwatch';

/** Four to a row of 24 units, or an explanation and four smaller ones; six rows and the alarms fit on a screen. */
export const WIDTH = 6;
export const WIDE = { width: 5 };
export const NARROW = { width: 4 };
export const HEIGHT = 4;

/** The first of a row: the question, and what the answer means. */
export function explanation(question: string, text: string): TextWidget {
  return new TextWidget({
    markdown: `### ${question}\n${text}`,
    width: WIDTH,
    height: HEIGHT,
    background: TextWidgetBackground.TRANSPARENT,
  });
}

/** A graph as high as its row. */
export function graph(title: string, left: IMetric[], options: GraphWidgetProps = {}): GraphWidget {
  return new GraphWidget({ title, left, width: WIDTH, height: HEIGHT, ...options });
}
