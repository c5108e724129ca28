import { Anchor, type AnchorProps, Button, type ButtonProps, NavLink, type NavLinkProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import { forwardRef } from "react";

const AnchorBase = forwardRef<HTMLAnchorElement, AnchorProps>((props, ref) => <Anchor ref={ref} {...props} />);
AnchorBase.displayName = "AnchorBase";
const ButtonBase = forwardRef<HTMLAnchorElement, ButtonProps>((props, ref) => <Button component="a" ref={ref} {...props} />);
ButtonBase.displayName = "ButtonBase";

const NavLinkBase = forwardRef<HTMLAnchorElement, NavLinkProps>((props, ref) => <NavLink component="a" ref={ref} {...props} />);
NavLinkBase.displayName = "NavLinkBase";

/** Links of the router in Mantine's clothes. */
export const RouterAnchor = createLink(AnchorBase);
export const RouterButton = createLink(ButtonBase);
export const RouterNavLink = createLink(NavLinkBase);
