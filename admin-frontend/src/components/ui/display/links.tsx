/** Mantine's looks on the router's typed links. */
import { Anchor, Button, type AnchorProps, type ButtonProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { ComponentPropsWithRef } from 'react';

type Native = Omit<ComponentPropsWithRef<'a'>, keyof AnchorProps | keyof ButtonProps>;

function PlainAnchor(props: AnchorProps & Native) {
  return <Anchor size="sm" {...props} />;
}

function PlainButton(props: ButtonProps & Native) {
  return <Button component="a" {...props} />;
}

export const TextLink = createLink(PlainAnchor);
export const LinkButton = createLink(PlainButton);
