<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en_US">
<context>
    <name>cairn::console::RaceCard</name>
    <message numerus="yes">
        <source> and %n more</source>
        <translation>
            <numerusform> and %n more</numerusform>
            <numerusform> and %n more</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>+%n key(s): </source>
        <translation>
            <numerusform>+%n key: </numerusform>
            <numerusform>+%n keys: </numerusform>
        </translation>
    </message>
</context>
<context>
    <name>cairn::console::RailButton</name>
    <message numerus="yes">
        <source>%n want attention</source>
        <translation>
            <numerusform>%n wants attention</numerusform>
            <numerusform>%n want attention</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>cairn::console::RootsPage</name>
    <message numerus="yes">
        <source>%n upload(s) in progress</source>
        <translation>
            <numerusform>%n upload in progress</numerusform>
            <numerusform>%n uploads in progress</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>cairn::console::StatusLine</name>
    <message numerus="yes">
        <source>%n master(s)</source>
        <translation>
            <numerusform>%n master</numerusform>
            <numerusform>%n masters</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n node(s)</source>
        <translation>
            <numerusform>%n node</numerusform>
            <numerusform>%n nodes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n bucket(s)</source>
        <translation>
            <numerusform>%n bucket</numerusform>
            <numerusform>%n buckets</numerusform>
        </translation>
    </message>
</context>
</TS>
